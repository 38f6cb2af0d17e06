import { UplinkError } from '@ckan-uplink/core'
import type { Act } from './actions.ts'
import { type PutOptions, put } from './put.ts'
import { type RetryOptions, retrying } from './retry.ts'
import type { SignedPart } from './upload-answers.ts'

/** URLs per request: few enough that the last URL is used long before it expires. */
const SIGNED_AT_ONCE = 8

export interface PartPlan {
  readonly id: string
  readonly partSize: number
  readonly numbers: readonly number[]
}

export interface SendOptions extends Omit<PutOptions, 'onSent'>, RetryOptions {
  readonly act: Act
  readonly partsAtOnce: number
  /** Receives the bytes of one part sent so far. The number falls if the part is sent again. */
  readonly onSent: (partNumber: number, bytes: number) => void
}

/**
 * Sends the given parts, several at the same time. A part is read when it is sent, and gets a new URL after a failed
 * attempt or an expired URL. Throws the first failure after all other requests have stopped.
 */
export async function sendParts(
  { id, partSize, numbers }: PartPlan,
  source: Blob,
  options: SendOptions,
): Promise<void> {
  const { act, partsAtOnce } = options
  const failed = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal
  const batches = new Map<number, Promise<readonly SignedPart[]>>()
  let next = 0

  async function sign(wanted: readonly number[]): Promise<readonly SignedPart[]> {
    return (
      await act<{ readonly parts: readonly SignedPart[] }>(
        'upload_sign_parts',
        { id, part_numbers: wanted },
        { signal },
      )
    ).parts
  }

  async function signInBatch(index: number): Promise<SignedPart | undefined> {
    const first = index - (index % SIGNED_AT_ONCE)
    const batch = batches.get(first) ?? sign(numbers.slice(first, first + SIGNED_AT_ONCE))
    batches.set(first, batch)
    return (await batch).find(({ part_number }) => part_number === numbers[index])
  }

  async function send(index: number, number: number): Promise<void> {
    const bytes = source.slice((number - 1) * partSize, number * partSize)
    const putOptions = { ...options, signal, onSent: (sent: number) => options.onSent(number, sent) }
    await retrying({ ...options, signal }, async (attempt) => {
      const early = attempt === 1 ? await signInBatch(index) : undefined
      if (early !== undefined && (await isAccepted(early, bytes, putOptions))) return
      const [fresh] = await sign([number])
      if (fresh === undefined)
        throw new UplinkError('unavailable', `The gateway gave no URL for part ${number} of upload ${id}.`, true)
      await put(fresh, bytes, putOptions)
    })
  }

  async function work(): Promise<void> {
    for (let index = next++; index < numbers.length; index = next++) {
      const number = numbers[index]
      if (number !== undefined) await send(index, number)
    }
  }

  const workers = Array.from({ length: Math.min(partsAtOnce, numbers.length) }, () =>
    work().catch((thrown: unknown) => {
      if (!failed.signal.aborted) failed.abort(thrown)
    }),
  )
  await Promise.all(workers)
  options.signal?.throwIfAborted()
  if (failed.signal.aborted) throw failed.signal.reason
}

/** Sends a part. `false`: the store answered 403, as it does for an expired URL. */
async function isAccepted(part: SignedPart, bytes: Blob, options: PutOptions): Promise<boolean> {
  try {
    await put(part, bytes, options)
    return true
  } catch (thrown) {
    if (thrown instanceof UplinkError && thrown.details['status'] === 403) return false
    throw thrown
  }
}
