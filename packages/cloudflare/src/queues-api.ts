import { type Clock, type ErrorCode, messageOf, UnavailableError, UplinkError } from '@ckan-uplink/core'
import { backOff, parseJson } from '@ckan-uplink/core/support'

export interface QueuesApiOptions {
  readonly accountId: string
  /** It needs the permissions Queues Read and Queues Write on the account. */
  readonly apiToken: string
  readonly clock: Pick<Clock, 'sleep'>
  /** The address of Cloudflare's API, without a slash at the end. */
  readonly apiUrl?: string
}

/**
 * Calls a path below `/accounts/<account>/queues`; POST with a body, else GET. Returns `result`; throws `UplinkError`.
 */
export type QueuesApi = <T>(path: string, body?: object) => Promise<T>

const ATTEMPTS = 4
const TIMEOUT_MS = 15_000
const LONGEST_WAIT_SECONDS = 60

/** https://developers.cloudflare.com/fundamentals/api/how-to/make-api-calls/ */
interface Envelope {
  readonly success?: boolean
  readonly result?: unknown
  readonly errors?: readonly { readonly code?: number; readonly message?: string }[]
}

interface Answer {
  /** 0 when there was no answer. */
  readonly status: number
  readonly retryAfterSeconds?: number
  /** Absent when the answer does not come from Cloudflare's API. */
  readonly envelope?: Envelope
  /** The status with Cloudflare's errors, or the network error. */
  readonly words: string
}

/** Waits and tries again, a few times, when Cloudflare is unreachable, fails, or limits the rate. */
export function createQueuesApi({
  accountId,
  apiToken,
  clock,
  apiUrl = 'https://api.cloudflare.com/client/v4',
}: QueuesApiOptions): QueuesApi {
  const headers = { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' }
  return async <T>(path: string, body?: object) => {
    const request = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { method: 'GET', headers }
    const subject = `Cloudflare's ${request.method} /queues${path}`
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(`${apiUrl}/accounts/${accountId}/queues${path}`, request)
      if (answer.status === 200 && answer.envelope?.success) return answer.envelope.result as T
      if (isRefusal(answer)) throw refusal(subject, answer)
      if (attempt === ATTEMPTS)
        throw new UnavailableError(
          `${subject} failed ${ATTEMPTS} times, the last time with ${answer.words}: try again later.`,
        )
      await clock.sleep(1000 * Math.min(answer.retryAfterSeconds ?? backOff(1, attempt, {}), LONGEST_WAIT_SECONDS))
    }
  }
}

async function ask(url: string, request: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) })
    const { status } = response
    const body = parseJson(await response.text())
    const envelope: Envelope | undefined = typeof body === 'object' && body !== null ? body : undefined
    const words = [status, ...(envelope?.errors ?? []).map(({ code, message }) => `${message} (${code})`)].join(' ')
    const retryAfterSeconds = Number(response.headers.get('Retry-After'))
    return { status, words, ...(envelope && { envelope }), ...(retryAfterSeconds > 0 && { retryAfterSeconds }) }
  } catch (error) {
    return { status: 0, words: messageOf(error) }
  }
}

function isRefusal({ status }: Answer): boolean {
  return status >= 300 && status < 500 && status !== 429
}

const REFUSALS: ReadonlyMap<number, readonly [code: ErrorCode, advice: string]> = new Map([
  [401, ['not_allowed', 'give a valid API token']],
  [403, ['not_allowed', 'give the API token the permissions Queues Read and Queues Write on this account']],
  [404, ['not_found', 'check that the account has this queue']],
])

function refusal(subject: string, answer: Answer): UplinkError {
  const [code, advice] = REFUSALS.get(answer.status) ?? [
    'refused',
    'check that the queue has an HTTP pull consumer, which the deployment creates',
  ]
  return new UplinkError(code, `${subject} was refused with ${answer.words}: ${advice}.`, false)
}
