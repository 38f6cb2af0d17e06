import { read } from 'read'
import { UsageError } from './usage-error.ts'

/** Whether a person sits there. What is asked goes to stderr, so that stdout may be piped. */
export function isSomebodyThere(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks without showing what is typed. Throws `UsageError` when nothing is. */
export async function askSecret(question: string): Promise<string> {
  const answer = (await ask(question, true)).trim()
  process.stderr.write('\n')
  if (answer === '') throw new UsageError('Nothing was typed.')
  return answer
}

/** Asks before something that can't be undone; anything but y or yes is a no. In a pipe, where nobody can answer, throws `UsageError`. */
export async function isConfirmed(question: string): Promise<boolean> {
  if (!isSomebodyThere())
    throw new UsageError(`${question} Nobody can be asked here: see first what it would do, then give --yes.`)
  return /^y(?:es)?$/iu.test((await ask(`${question} [y/N]`, false)).trim())
}

async function ask(prompt: string, silent: boolean): Promise<string> {
  try {
    return await read({ prompt, silent, output: process.stderr })
  } catch (cause) {
    throw new Error('Stopped: nothing was done.', { cause })
  }
}
