import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Ministack, programOf } from '../../../../scripts/aws/ministack/ministack.ts'
import type { Answer } from '../../../support/ckan-calls.ts'

const execute = promisify(execFile)

/** Runs `aws <service> <operation> [words]` with these parameters. Returns the answer, or throws AWS's refusal. */
export type AwsCli = (
  service: string,
  operation: string,
  parameters?: object,
  ...words: readonly string[]
) => Promise<Answer>

/** The AWS CLI with these credentials, by default of the root of the emulator's account. */
export function createAwsCli(
  { url, env }: Pick<Ministack, 'url' | 'env'>,
  credentials: Readonly<Record<string, string>> = {},
): AwsCli {
  return async (service, operation, parameters, ...words) => {
    const options = [
      '--endpoint-url',
      url,
      '--output',
      'json',
      ...(parameters === undefined ? [] : ['--cli-input-json', JSON.stringify(parameters)]),
    ]
    try {
      const settings = {
        env: { PATH: process.env['PATH'], ...env, ...credentials },
        timeout: 60_000,
        maxBuffer: 64 * 1024 ** 2,
      }
      const { stdout } = await execute(programOf('aws'), [service, operation, ...words, ...options], settings)
      return stdout.trim() === '' ? {} : JSON.parse(stdout)
    } catch (failure) {
      // Leaves out the command itself, because its parameters may hold a secret.
      const { stderr = '', code } = failure as { readonly stderr?: string; readonly code?: number | string | null }
      throw new Error(
        `aws ${service} ${operation}: ${stderr.trim() || `ended with ${code ?? 'no answer within a minute'}`}`,
      )
    }
  }
}
