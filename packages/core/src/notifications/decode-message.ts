import { MalformedNotificationError, messageOf } from '../errors.ts'
import type { Decode, Decoded, ObjectEvent } from './object-event.ts'

/** How many records are named with what is wrong with them. */
const MAX_NAMED = 5
/** No provider sends so many bad records, and each of them costs an error. */
const MAX_FAULTY = 1_000

/**
 * What the decoder reads in a message. Throws nothing: a message of which nothing can be read, or over which the decoder
 * stumbles, is malformed as a whole.
 */
export function decodeMessage(decode: Decode, body: unknown): Decoded {
  try {
    return decode(body)
  } catch (error) {
    return { events: [], malformed: { body, reason: messageOf(error) } }
  }
}

/**
 * Reads the records of a message one by one, so that a bad record doesn't hold up its neighbours. `toBody` makes a message of
 * some of the records, which the decoder can read again. After 1,000 bad ones the rest is left unread, beside them.
 */
export function readRecords(
  records: readonly unknown[],
  read: (record: unknown) => readonly ObjectEvent[],
  toBody: (records: readonly unknown[]) => unknown,
): Decoded {
  const events: ObjectEvent[] = []
  const faulty: unknown[] = []
  const named: string[] = []
  for (const [index, record] of records.entries()) {
    if (faulty.length === MAX_FAULTY) {
      const rest = records.slice(index)
      const reason = reasonOf(named, faulty.length, index)
      return {
        events,
        malformed: { body: toBody([...faulty, ...rest]), reason: `${reason} ${rest.length} are unread.` },
      }
    }
    try {
      events.push(...read(record))
    } catch (error) {
      if (!(error instanceof MalformedNotificationError)) throw error
      faulty.push(record)
      if (named.length < MAX_NAMED) named.push(`Record ${index + 1}: ${error.message}`)
    }
  }
  if (faulty.length === 0) return { events }
  return { events, malformed: { body: toBody(faulty), reason: reasonOf(named, faulty.length, records.length) } }
}

function reasonOf(named: readonly string[], faults: number, records: number): string {
  const others = faults > named.length ? [`${faults - named.length} more are not named here.`] : []
  return [`${faults} of ${records} records can't be read.`, ...named, ...others].join(' ')
}
