import { afterAll, beforeAll } from 'vitest'
import { describeOperations } from './support/describe-operations.ts'
import { type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

let edition: OperatedEdition
beforeAll(async () => {
  edition = await openOperatedEdition({ local: { delaysMs: () => [] } })
})
afterAll(() => edition?.close())

describeOperations('the local edition', () => ({
  ...edition,
  ckan: edition,
  settings: edition.local.settings,
  adminToken: edition.ckan.tokens.admin,
}))
