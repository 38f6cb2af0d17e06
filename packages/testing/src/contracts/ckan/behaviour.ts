import { afterAll, beforeAll, describe } from 'vitest'
import { type CkanApi, type CkanSubject, createCkanApi } from './ckan-subject.ts'
import { describeDatasetStates } from './dataset-states.ts'
import { describeOrganizations } from './organizations.ts'
import { describePermissions } from './permissions.ts'
import { describeRequests } from './requests.ts'
import { describeResourceFields } from './resource-fields.ts'
import { describeResourceUpdate } from './resource-update.ts'
import { describeReviseMatch } from './revise-match.ts'
import { describeReviseWrite } from './revise-write.ts'
import { describeSearching } from './searching.ts'
import { describeUsers } from './users.ts'

/**
 * How a CKAN behaves, as far as anything here relies on it. Every test makes its own datasets and leaves them there.
 */
export function describeCkanBehaviour(name: string, start: () => Promise<CkanSubject>): void {
  describe(name, () => {
    let api: CkanApi
    beforeAll(async () => {
      api = createCkanApi(await start())
    })
    afterAll(() => api.close())
    const ckan = () => api

    describeResourceUpdate(ckan)
    describeReviseMatch(ckan)
    describeReviseWrite(ckan)
    describeDatasetStates(ckan)
    describeResourceFields(ckan)
    describePermissions(ckan)
    describeRequests(ckan)
    describeOrganizations(ckan)
    describeUsers(ckan)
    describeSearching(ckan)
  })
}
