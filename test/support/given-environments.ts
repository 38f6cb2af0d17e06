import type { Environments } from '../../infra/environment.ts'

/** Replaces the repository's `environments.ts` while tests deploy and operate. */
export const environments: Environments = JSON.parse(process.env['GIVEN_ENVIRONMENTS'] ?? '{}')
