import { type Logger, messageOf } from '@ckan-uplink/core'
import type { Readiness } from './answer-schemas.ts'
import type { GatewayDeps } from './deps.ts'

const CHECK_TIMEOUT_MS = 5000
type Check = Readiness['checks'][string]

/** Runs all checks at once; one that says nothing in time fails. */
export async function readinessOf({ checks, clock }: Pick<GatewayDeps, 'checks' | 'clock'>): Promise<Readiness> {
  const lines = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await run(check)] as const),
  )
  const status = lines.every(([, line]) => line.status === 'ok') ? 'ok' : 'failing'
  return { status, checks: Object.fromEntries(lines) }

  async function run(check: () => Promise<string>): Promise<Check> {
    try {
      return { status: 'ok', detail: await Promise.race([check(), tooLate()]) }
    } catch (thrown) {
      return { status: 'failing', detail: messageOf(thrown) }
    }
  }

  async function tooLate(): Promise<never> {
    await clock.sleep(CHECK_TIMEOUT_MS)
    throw new Error(`no answer within ${CHECK_TIMEOUT_MS / 1000} s`)
  }
}

/** A cloud names accounts, roles and identities in its errors, and anybody may ask whether the gateway is ready: the reason goes to the log alone. */
export function createPrivateCheck(cloud: string, logger: Logger) {
  return async <T>(check: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      logger.log('error', 'check_failed', { check, reason: messageOf(error) })
      throw new Error(`${cloud} refused it, or could not be reached: see "check_failed" in the gateway's log.`)
    }
  }
}
