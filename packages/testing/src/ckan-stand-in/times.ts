import type { CkanVersion } from './state.ts'

/**
 * `YYYY-MM-DDTHH:MM:SS[.ffffff]`, as Python's `isoformat` writes a naive time; the fraction is left out when it is
 * zero.
 */
export function naive(date: Date, microseconds = 0): string {
  const fraction = date.getUTCMilliseconds() * 1000 + microseconds
  return `${date.toISOString().slice(0, 19)}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`}`
}

/** Timestamps that never repeat: within one millisecond of the clock the microseconds count up. */
export function createTimestamps(clock: () => Date): () => string {
  let lastMs = 0
  let microseconds = 0
  return () => {
    const nowMs = clock().getTime()
    microseconds = nowMs > lastMs ? 0 : microseconds + 1
    lastMs = Math.max(nowMs, lastMs)
    return naive(new Date(lastMs), microseconds)
  }
}

/**
 * A time as CKAN stores what it was given; `undefined` when it refuses it. From 2.11 on a zone is understood and turned
 * into UTC.
 */
export function parseTime(text: string, version: CkanVersion): string | undefined {
  return (version === '2.10' ? undefined : parseIso(text)) ?? parseNumbers(text)
}

const ISO = /^(\d{4})-?(\d{2})-?(\d{2})(?:.(\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?(Z|[+-]\d{2}:?\d{2})?)?$/u

function parseIso(text: string): string | undefined {
  const [, year, month, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = ISO.exec(text) ?? []
  const date = new Date(`${year}-${month}-${day}T${minute}:${second}${zone}`)
  return Number.isNaN(date.getTime()) ? undefined : withFraction(date, fraction)
}

/**
 * What CKAN reads when it takes just the numbers: up to five of any separator, then seconds with a fraction and nothing
 * behind.
 */
function parseNumbers(text: string): string | undefined {
  const parts = splitNumbers(text)
  const [, second = '00', fraction = ''] = /^(\d{2})(?:\.(\d+))?$/u.exec(parts[5] ?? '00') ?? ['', 'none']
  const numbers = [...parts.slice(0, 5), second]
  if (parts.length < 3 || !numbers.every((part) => /^\d+$/u.test(part))) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts.map(Number)
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, Number(second)))
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && Number(second) < 60
  return isReal ? withFraction(date, fraction) : undefined
}

/** Python's `re.split(r'[^\d]+', text, maxsplit=5)`. */
function splitNumbers(text: string): string[] {
  const parts: string[] = []
  let rest = text
  for (let match = /\D+/u.exec(rest); match !== null && parts.length < 5; match = /\D+/u.exec(rest)) {
    parts.push(rest.slice(0, match.index))
    rest = rest.slice(match.index + match[0].length)
  }
  return [...parts, rest]
}

function withFraction(date: Date, digits: string): string {
  const fraction = digits.slice(0, 6).padEnd(6, '0')
  return `${naive(date)}${Number(fraction) === 0 ? '' : `.${fraction}`}`
}
