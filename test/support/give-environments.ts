import type { Environments } from '../../infra/environment.ts'

/** What has a program of the repository that is started with it take these environments for those of `environments.ts`. */
export function givenEnvironments(environments: Environments): Readonly<Record<string, string>> {
  return {
    GIVEN_ENVIRONMENTS: JSON.stringify(environments),
    NODE_OPTIONS: `--import ${new URL('own-environments.ts', import.meta.url)}`,
  }
}
