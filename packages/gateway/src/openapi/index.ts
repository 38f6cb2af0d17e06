export { ACTIONS } from '../actions/index.ts'
export { describeGateway } from './document.ts'
export { packedDescription } from './packed-description.ts'
