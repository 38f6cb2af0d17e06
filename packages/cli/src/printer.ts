import { styleText } from 'node:util'

type Result = Readonly<Record<string, unknown>>

/** Prints results to stdout, for people or programs. Colours need a terminal, and `NO_COLOR` turns them off. */
export interface Printer {
  readonly json: boolean
  /** Prints one JSON object with `--json`, otherwise the words. */
  result(result: Result, words: string): void
  /** Prints a step that the command left out: among the results with `--json`, otherwise to stderr. */
  note(result: Result & { readonly reason: string }, words: string): void
  /** Prints a failure: among the results with `--json`, otherwise to stderr. */
  failure(result: Result & { readonly reason: string }, words: string): void
}

export function createPrinter({ json = false }: { readonly json?: boolean }): Printer {
  return {
    json,
    result: (result, words) =>
      console.log(json ? JSON.stringify(result) : `${styleText('green', '✔', { stream: process.stdout })} ${words}`),
    note(result, words) {
      if (json) console.log(JSON.stringify(result))
      else console.error(`- ${words}: ${result.reason}`)
    },
    failure(result, words) {
      if (json) console.log(JSON.stringify(result))
      else console.error(`${styleText('red', '✘', { stream: process.stderr })} ${words}: ${result.reason}`)
    },
  }
}
