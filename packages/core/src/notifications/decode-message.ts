import { MalformedNotificationError, messageOf } from '../errors.ts'
import type { Decode, Decoded, ObjectEvent } from './object-event.ts'

/** The reason describes so many bad records. */
const MAX_NAMED = 5
/** No provider sends so many bad records. Each bad record costs an error. */
const MAX_FAULTY = 1_000

/**
 * Decodes a message. Never throws: a message that cannot be read at all, or at which the decoder throws, is malformed
 * as a whole.
 */
export function decodeMessage(decode: Decode, body: unknown): Decoded {
  try {
    return decode(body)
  } catch (error) {
    return { events: [], malformed: { body, reason: messageOf(error) } }
  }
}

/**
 * Reads the records of a message one by one, so that a bad record does not stop the others. `toBody` makes a message of
 * some of the records, which the decoder can read again. Stops reading after 1,000 bad records; the unread records then
 * join the bad ones.
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
        malformed: { body: toBody([...faulty, ...rest]), reason: `${reason} ${rest.length} were not read.` },
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
  const others = faults > named.length ? [`${faults - named.length} more are not listed here.`] : []
  return [`${faults} of ${records} records can't be read.`, ...named, ...others].join(' ')
}
