import { messageOf } from '@ckan-uplink/core'

/** The result of a check: `wrong` needs an operator, a `hint` needs no action. */
export type CheckResult =
  | { readonly state: 'right' | 'hint'; readonly found: string }
  | { readonly state: 'wrong'; readonly found: string; readonly what_to_do: string }

export interface Check {
  /** The name in the first column. */
  readonly name: string
  /** What the operator can do if the check itself fails. */
  readonly adviceOnError: string
  run(): Promise<CheckResult>
}

/** A result with the name of its check. */
export type CheckReport = CheckResult & { readonly check: string }

export function right(found: string): CheckResult {
  return { state: 'right', found }
}

export function hint(found: string): CheckResult {
  return { state: 'hint', found }
}

export function wrong(found: string, what_to_do: string): CheckResult {
  return { state: 'wrong', found, what_to_do }
}

/** Runs all checks at once and reports them in order. A check that throws counts as wrong; the others continue. */
export async function* runChecks(checks: readonly Check[]): AsyncGenerator<CheckReport> {
  const running = checks.map(async ({ name, adviceOnError, run }) => ({
    check: name,
    ...(await run().catch((thrown: unknown) => wrong(messageOf(thrown), adviceOnError))),
  }))
  for (const report of running) yield report
}

const TIMEOUT_MS = 15_000

/** `fetch` with a limit of 15 s. If there is no answer, the error names the address. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  const { origin, pathname } = new URL(url)
  return fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual', ...init }).catch(
    (thrown: unknown) => {
      const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
      throw new Error(`${origin}${pathname} does not answer: ${messageOf(cause)}`, { cause: thrown })
    },
  )
}
