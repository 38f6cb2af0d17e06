import { styleText } from 'node:util'

type Result = Readonly<Record<string, unknown>>

/** Results on stdout, for people or programs; no colour where there is no terminal, or `NO_COLOR` is set. */
export interface Printer {
  readonly json: boolean
  /** One JSON object, or the words for people. */
  result(result: Result, words: string): void
  /** A failure: with `--json` among the results, else on stderr. */
  failure(result: Result & { readonly reason: string }, words: string): void
}

export function createPrinter({ json = false }: { readonly json?: boolean }): Printer {
  return {
    json,
    result: (result, words) =>
      console.log(json ? JSON.stringify(result) : `${styleText('green', '✔', { stream: process.stdout })} ${words}`),
    failure(result, words) {
      if (json) console.log(JSON.stringify(result))
      else console.error(`${styleText('red', '✘', { stream: process.stderr })} ${words}: ${result.reason}`)
    },
  }
}
