import type { Environments } from '../../../../infra/environment.ts'

/** What stands in the place of the repository's `environments.ts` while these tests deploy. */
export const environments: Environments = JSON.parse(process.env['LIVE_ENVIRONMENTS'] ?? '{}')
