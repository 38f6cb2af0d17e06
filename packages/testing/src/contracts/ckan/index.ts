export { describeAuthorizer } from './authorizer.ts'
export { describeCkanBehaviour } from './behaviour.ts'
export { describeCatalog } from './catalog.ts'
export type { CkanSubject } from './ckan-subject.ts'
