import { messageOf, UplinkError } from '@ckan-uplink/core'
import * as v from 'valibot'
import type { GatewayDeps } from '../deps.ts'
import { named } from '../http/named.ts'

const CHECK_TIMEOUT_MS = 5000
const REMEMBERED_MS = 10_000
const POLL_MS = 100
const TOO_LATE = `no answer within ${CHECK_TIMEOUT_MS / 1000} s`
/** Anybody may call this. Errors of CKAN and of clouds name hosts, accounts and roles, so only the log shows them. */
const FAILED = 'it cannot be reached, or refuses the gateway: see "check_failed" in the gateway\'s log'

const check = v.strictObject({ status: v.picklist(['ok', 'failing']), detail: v.string() })

/** The answer of `/readyz`. */
export const readiness = named(
  'Readiness',
  v.strictObject({ status: v.picklist(['ok', 'failing']), checks: v.record(v.string(), check) }),
)
type Readiness = v.InferOutput<typeof readiness>
type Check = Readiness['checks'][string]

/**
 * Runs all checks, and remembers the result for 10 s, so that many requests at once cause one run. The others poll: on
 * Workers, a request must not wait for the work of another request.
 */
export function createReadiness({ checks, clock, logger }: Pick<GatewayDeps, 'checks' | 'clock' | 'logger'>) {
  let last: { readonly readiness: Readiness; readonly until: number } | undefined
  let runningUntil = 0
  return async (): Promise<Readiness> => {
    for (;;) {
      const now = clock.now().getTime()
      if (last !== undefined && now < last.until) return last.readiness
      if (now >= runningUntil) {
        runningUntil = now + CHECK_TIMEOUT_MS
        const readiness = await runAll()
        last = { readiness, until: clock.now().getTime() + REMEMBERED_MS }
        runningUntil = 0
        return readiness
      }
      await clock.sleep(POLL_MS)
    }
  }

  async function runAll(): Promise<Readiness> {
    const lines = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await run(name, check)] as const),
    )
    const status = lines.every(([, line]) => line.status === 'ok') ? 'ok' : 'failing'
    return { status, checks: Object.fromEntries(lines) }
  }

  async function run(name: string, check: () => Promise<string>): Promise<Check> {
    try {
      const detail = await Promise.race([check(), clock.sleep(CHECK_TIMEOUT_MS)])
      return detail === undefined ? failing(name, TOO_LATE, TOO_LATE) : { status: 'ok', detail }
    } catch (thrown) {
      const isPublic = thrown instanceof UplinkError && thrown.code === 'token_invalid'
      return failing(name, messageOf(thrown), isPublic ? thrown.message : FAILED)
    }
  }

  function failing(check: string, reason: string, detail: string): Check {
    logger.log('error', 'check_failed', { check, reason })
    return { status: 'failing', detail }
  }
}
