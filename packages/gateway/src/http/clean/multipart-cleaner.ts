import { badRequest } from '../body.ts'
import { MAX_FORM_FIELDS } from '../forms.ts'
import { type Cleaner, pad } from './cleaner.ts'
import { findBytes } from './find-bytes.ts'

/** The headers of a part hold only a name and a media type. */
const MAX_HEAD_BYTES = 8192
const LINE = '\r\n'
const HEAD_END = toBytes(LINE + LINE)

/**
 * Cleans a form with files, part by part. It holds the headers of a part, and no content. The padding follows the last
 * boundary.
 */
export function createMultipartCleaner(boundary: string, isOurs: (name: string) => boolean): Cleaner {
  const delimiter = toBytes(`${LINE}--${boundary}`)
  /** Begins with a line break that is not in the body, so that the first boundary looks like all others. */
  let rest = toBytes(LINE)
  let notThere = rest.length
  let place: 'content' | 'head' | 'epilogue' = 'content'
  let isTakingOut = false
  let parts = 0
  let takenOut = 0

  return {
    write(chunk) {
      const passed: Uint8Array[] = []
      let data = concat([rest, chunk])
      for (let used = step(data, passed); used !== undefined; used = step(data, passed)) data = data.subarray(used)
      rest = data.slice()
      return concat(passed)
    },
    *end() {
      const passed: Uint8Array[] = []
      settle(rest, passed)
      yield concat(passed)
      yield* pad(takenOut, ' ')
    },
  }

  /** Settles as many bytes as it can. `undefined`: it needs more data. */
  function step(data: Uint8Array, passed: Uint8Array[]): number | undefined {
    if (data.length === 0) return undefined
    if (place === 'epilogue') return settle(data, passed)
    return place === 'content' ? stepContent(data, passed) : stepHead(data, passed)
  }

  function stepContent(data: Uint8Array, passed: Uint8Array[]): number | undefined {
    const at = findBytes(data, delimiter)
    if (at === undefined) {
      const sure = data.length - delimiter.length
      return sure > 0 ? settle(data.subarray(0, sure), passed) : undefined
    }
    const next = data[at + delimiter.length]
    if (next === undefined) return at > 0 ? settle(data.subarray(0, at), passed) : undefined
    if (!isAfterBoundary(next)) return settle(data.subarray(0, at + 1), passed)
    settle(data.subarray(0, at), passed)
    place = 'head'
    isTakingOut = false
    return at
  }

  function stepHead(data: Uint8Array, passed: Uint8Array[]): number | undefined {
    const after = String.fromCharCode(...data.subarray(delimiter.length, delimiter.length + 2))
    if (after.length < 2) return undefined
    if (after === '--') {
      place = 'epilogue'
      return settle(data, passed)
    }
    const end = findBytes(data.subarray(0, delimiter.length + MAX_HEAD_BYTES), HEAD_END, delimiter.length)
    if (end === undefined) {
      if (data.length < delimiter.length + MAX_HEAD_BYTES) return undefined
      throw badRequest(`The headers of a form's part may have ${MAX_HEAD_BYTES} bytes at most`)
    }
    parts += 1
    if (parts > MAX_FORM_FIELDS) throw badRequest(`A form may have ${MAX_FORM_FIELDS} fields at most`)
    const head = data.subarray(0, end + HEAD_END.length)
    isTakingOut = isOurs(nameIn(new TextDecoder().decode(head)))
    place = 'content'
    return settle(head, passed)
  }

  function settle(data: Uint8Array, passed: Uint8Array[]): number {
    const there = data.subarray(notThere)
    notThere -= Math.min(notThere, data.length)
    if (isTakingOut) takenOut += there.length
    else passed.push(there)
    return data.length
  }
}

function isAfterBoundary(byte: number): boolean {
  return '\r\n\t -'.includes(String.fromCharCode(byte))
}

function nameIn(head: string): string {
  const [, quoted, bare = ''] = /;\s*name=(?:"([^"]*)"|([^\s;]+))/iu.exec(head) ?? []
  return quoted ?? bare
}

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
