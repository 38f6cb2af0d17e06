import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The answers by flag. An absent answer is empty. */
export type Answers = Readonly<Record<string, string>>

/** A question of `npm run new`. Each has a flag, so that scripts can answer it. */
export interface Question {
  /** Without the dashes. */
  readonly flag: string
  readonly text: string
  /** The entry does without an answer. */
  readonly isOptional?: boolean
  /** Whether the question makes sense after these answers. Default: always. */
  applies?(answers: Answers): boolean
  /** The proposed answer, perhaps from the tool with which the operator is signed in. */
  propose?(answers: Answers): Promise<string | undefined> | string | undefined
}

/** How `npm run new` makes an entry on a cloud. */
export interface NewEntry {
  /** Beside the questions of every cloud. */
  readonly questions: readonly Question[]
  /** The fields of the entry that only this cloud has, and the gateway. */
  fieldsOf(answers: Answers): Readonly<Record<string, unknown>>
  /** The name under which the cloud keeps the CKAN token. */
  secretName(name: string): string
  /** The command that comes before the secret and the deployment. */
  firstCommand(name: string): string
}

/** The first line that a tool prints, or `undefined` if it is not installed, not signed in, or has no answer. */
export async function askTool(program: string, ...args: readonly string[]): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 20_000 }).catch(() => ({ stdout: '' }))
  const [line = ''] = stdout.trim().split('\n')
  return line === '' || line === 'None' ? undefined : line
}

/** `https://<host>`, also for a host that is given as an address already. */
export function addressOf(host: string): string {
  return /^https?:/u.test(host) ? host.replace(/\/+$/u, '') : `https://${host}`
}
