import { type Cleaner, pad } from './cleaner.ts'
import { createHeldOutput } from './held-output.ts'
import { isOurMember, type Kind, kindOfMember, mayBeOurs } from './rules.ts'

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c] as const
const ENDS = [QUOTE, BACKSLASH] as const
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Up to this many blanks before a name stay. Further blanks become padding. */
const MAX_BLANKS = 1024

/** An object or list that the cleaner looks into. */
interface Context {
  readonly kind: Kind
  readonly isList: boolean
  hasMember: boolean
}

/**
 * Cleans JSON byte by byte. It holds the name of one member at a time, and no values. From the first byte that is not
 * JSON, it passes everything on, and CKAN refuses it. It calls `onOurs` before it removes a member.
 */
export function createJsonCleaner(bodyKind: Kind, onOurs: () => void): Cleaner {
  const output = createHeldOutput()
  const contexts: Context[] = []
  /** The kind of the next value. */
  let kind = bodyKind
  /** The open brackets of a value that the cleaner does not look into. */
  let depth = 0
  let isInText = false
  let isEscaped = false
  /** Whether the next text is the name of a member. All bytes are held until the name ends. */
  let isBeforeValue = false
  let nameStart = 0
  let hasEscape = false
  let isTakingOut = false
  let isBroken = false

  return {
    write(chunk) {
      output.begin(chunk.length)
      for (let at = 0; at < chunk.length; at += 1) {
        if (isInText && !isBeforeValue && !isEscaped) at = passText(chunk, at)
        const byte = chunk[at]
        if (byte !== undefined) take(byte)
      }
      return output.passed()
    },
    *end() {
      output.begin(0)
      output.flush()
      yield output.passed()
      yield* pad(output.takenOut(), ' ')
    },
  }

  function take(byte: number): void {
    if (isBroken) output.put(byte)
    else if (isInText) takeText(byte)
    else if (isBeforeValue) takeBeforeName(byte)
    else takeValue(byte)
  }

  /** Passes bytes up to a byte that can end the text, or to the end of the chunk. */
  function passText(chunk: Uint8Array, from: number): number {
    return isTakingOut ? output.skipUntil(chunk, from, ENDS) : output.putUntil(chunk, from, ENDS)
  }

  function takeText(byte: number): void {
    if (isBeforeValue) holdName(byte)
    else pass(byte)
    if (isEscaped) isEscaped = false
    else if (byte === BACKSLASH) {
      isEscaped = true
      hasEscape = true
    } else if (byte === QUOTE) {
      isInText = false
      if (isBeforeValue) endName()
    }
  }

  function takeBeforeName(byte: number): void {
    if (byte === QUOTE) {
      isInText = true
      hasEscape = false
      nameStart = output.heldLength()
      holdName(byte)
    } else if (isBlank(byte)) {
      if (output.heldLength() < MAX_BLANKS) output.hold(byte)
      else output.skip()
    } else {
      output.flush()
      if (byte === CLOSE_OBJECT) close(byte)
      else {
        isBroken = true
        output.put(byte)
      }
    }
  }

  function takeValue(byte: number): void {
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) open(byte)
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) close(byte)
    else if (byte === COMMA && depth === 0) endMember(byte)
    else {
      isInText = byte === QUOTE
      pass(byte)
    }
  }

  function open(byte: number): void {
    const isList = byte === OPEN_LIST
    if (depth === 0 && !isTakingOut && kind !== 'other' && (!isList || kind === 'resources')) {
      const inner = kind === 'resources' ? 'resource' : kind
      contexts.push({ kind: inner, isList, hasMember: false })
      kind = inner
      isBeforeValue = !isList
    } else depth += 1
    pass(byte)
  }

  function close(byte: number): void {
    isBeforeValue = false
    if (depth > 0) {
      depth -= 1
      pass(byte)
      return
    }
    contexts.pop()
    isTakingOut = false
    kind = 'other'
    output.put(byte)
  }

  function endMember(comma: number): void {
    const context = contexts.at(-1)
    isTakingOut = false
    if (context === undefined || context.isList) {
      kind = context?.kind ?? 'other'
      output.put(comma)
      return
    }
    isBeforeValue = true
    if (context.hasMember) output.hold(comma)
    else output.skip()
  }

  /** A name that is too long to hold is not the gateway's: the rest of it passes on like a value. */
  function holdName(byte: number): void {
    if (output.hold(byte)) return
    keepMember('')
    output.put(byte)
  }

  function endName(): void {
    const { kind: outer } = contexts.at(-1) ?? { kind: 'other' }
    // Parsing names is the most expensive step, and a resource has many names.
    const isOther = outer === 'resource' && !hasEscape && !mayBeOurs(output.heldLength() - nameStart - 2)
    const name = isOther ? '' : parseText(output.heldText(nameStart))
    if (isOurMember(outer, name)) {
      onOurs()
      output.drop()
      isBeforeValue = false
      isTakingOut = true
    } else keepMember(name)
  }

  function keepMember(name: string): void {
    const context = contexts.at(-1)
    if (context === undefined) return
    context.hasMember = true
    kind = kindOfMember(context.kind, name)
    isBeforeValue = false
    output.flush()
  }

  function pass(byte: number): void {
    if (isTakingOut) output.skip()
    else output.put(byte)
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}

function parseText(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return ''
  }
}
