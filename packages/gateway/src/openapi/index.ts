export { ACTIONS } from '../actions/index.ts'
export { describeGateway } from './document.ts'
export { gatewayFiles } from './gateway-files.ts'
