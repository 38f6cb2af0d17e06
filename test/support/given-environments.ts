import type { Environments } from '../../infra/environment.ts'

/** What stands in the place of the repository's `environments.ts` while tests deploy and operate. */
export const environments: Environments = JSON.parse(process.env['GIVEN_ENVIRONMENTS'] ?? '{}')
