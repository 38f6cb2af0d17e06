import { messageOf } from '@ckan-uplink/core'

/** What a check found: `wrong` needs somebody, a `hint` is good to know. */
export type Verdict =
  | { readonly state: 'right' | 'hint'; readonly found: string }
  | { readonly state: 'wrong'; readonly found: string; readonly what_to_do: string }

export interface Check {
  /** What is looked at. */
  readonly name: string
  /** What to do when looking fails. */
  readonly otherwise: string
  run(): Promise<Verdict>
}

export type Finding = Verdict & { readonly check: string }

export function right(found: string): Verdict {
  return { state: 'right', found }
}

export function hint(found: string): Verdict {
  return { state: 'hint', found }
}

export function wrong(found: string, what_to_do: string): Verdict {
  return { state: 'wrong', found, what_to_do }
}

/** All at once, told of in their order; one that throws is wrong and keeps none of the others. */
export async function* runChecks(checks: readonly Check[]): AsyncGenerator<Finding> {
  const running = checks.map(async ({ name, otherwise, run }) => ({
    check: name,
    ...(await run().catch((thrown: unknown) => wrong(messageOf(thrown), otherwise))),
  }))
  for (const finding of running) yield finding
}

const TIMEOUT_MS = 15_000

/** `fetch` that says whom it asked when nobody answers, and waits no longer than 15 s. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const { origin, pathname } = new URL(url)
  return fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual', ...init }).catch(
    (thrown: unknown) => {
      const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
      throw new Error(`${origin}${pathname} does not answer: ${messageOf(cause)}`, { cause: thrown })
    },
  )
}
