import { read } from 'read'
import { UsageError } from './usage-error.ts'

/** Whether a person can answer questions. Questions go to stderr, so stdout can be piped. */
export function isSomebodyThere(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks without showing the answer. Throws `UsageError` if the answer is empty. */
export async function askSecret(question: string): Promise<string> {
  const answer = (await ask(question, true)).trim()
  process.stderr.write('\n')
  if (answer === '') throw new UsageError('The answer is empty.')
  return answer
}

/** Asks for a text. Enter takes the proposed answer. */
export async function askText(question: string, proposed = ''): Promise<string> {
  return (await ask(`${question}:`, false, proposed)).trim()
}

/** Asks before an action that cannot be undone. Only y or yes confirms. Throws `UsageError` without a terminal. */
export async function isConfirmed(question: string): Promise<boolean> {
  if (!isSomebodyThere())
    throw new UsageError(
      `${question} There is no terminal to ask on: check what the command would do, then give --yes.`,
    )
  return /^y(?:es)?$/iu.test((await ask(`${question} [y/N]`, false)).trim())
}

async function ask(prompt: string, silent: boolean, proposed?: string): Promise<string> {
  try {
    return await read({ prompt, silent, output: process.stderr, ...(proposed && { default: proposed }) })
  } catch (cause) {
    throw new Error('Stopped: nothing was changed.', { cause })
  }
}
