export { ACTIONS } from '../actions/index.ts'
export { describeGateway } from './document.ts'
export { DESCRIBED_DIRECT_ACTIONS, DESCRIBED_FILE_ACTIONS } from './file-actions.ts'
export { gatewayFiles } from './gateway-files.ts'
