import type { Environments } from '../../infra/environment.ts'

/** Variables that make a program of the repository use these environments instead of `environments.ts`. */
export function givenEnvironments(environments: Environments): Readonly<Record<string, string>> {
  return {
    GIVEN_ENVIRONMENTS: JSON.stringify(environments),
    NODE_OPTIONS: `--import ${new URL('own-environments.ts', import.meta.url)}`,
  }
}
