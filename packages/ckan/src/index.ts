export { createAuthorizer } from './authorizer.ts'
export { createCatalog } from './catalog.ts'
export { checkCkan, checkToken } from './checks.ts'
export { type CkanAnswer, type CkanClient, createCkanClient } from './ckan-client.ts'
