/** What CKAN shows for one resource. */
export interface ShownVersion {
  /** Absent for a plain key. */
  readonly uploadId?: string
  /** The first 8 hex digits of the version. */
  readonly version: string
  /** Whether the loader can read the file. */
  readonly isOpen: boolean
}

/** Remembers the upload and version of each resource in 40 to 60 bytes, outside the heap. */
export interface ShownTable {
  readonly size: number
  set(resourceId: string, shown: ShownVersion): void
  get(resourceId: string): ShownVersion | undefined
}

/** Each part grows by itself, so that growth never needs twice the memory. */
const PARTS = 256
const FIRST_SLOTS = 16
const GROWTH = 1.5
const FULL = 0.8
/** The words of a slot: flags, two words of hash, four words of the upload's id, one word of the version. */
const WORDS = 8
const HEX = 8
const USED = 1
const OPEN = 2

interface Part {
  readonly words: Uint32Array
  used: number
}

type Hash = readonly [number, number]

/**
 * Creates a hash table with open addressing. It stores a hash of 64 bits instead of a resource's id. The seed is
 * random, so that no user can choose ids with the same hash.
 */
export function createShownTable(seed = Math.floor(Math.random() * 2 ** 32)): ShownTable {
  const parts = Array.from({ length: PARTS }, () => emptyPart(FIRST_SLOTS))
  let size = 0
  return {
    get size() {
      return size
    },
    set(resourceId, shown) {
      const hash = hashOf(resourceId, seed)
      const part = roomIn(parts, hash[0] % PARTS)
      const at = slotOf(part, hash)
      if (part.words[at] === 0) {
        part.used += 1
        size += 1
      }
      part.words.set(toWords(hash, shown), at)
    },
    get(resourceId) {
      const hash = hashOf(resourceId, seed)
      const { words } = parts[hash[0] % PARTS] ?? emptyPart(1)
      const at = slotOf({ words }, hash)
      return words[at] === 0 ? undefined : fromWords(words.subarray(at, at + WORDS))
    },
  }
}

function emptyPart(slots: number): Part {
  return { words: new Uint32Array(slots * WORDS), used: 0 }
}

function roomIn(parts: Part[], index: number): Part {
  const part = parts[index] ?? emptyPart(FIRST_SLOTS)
  const slots = part.words.length / WORDS
  if (part.used < slots * FULL) return part
  const larger = emptyPart(Math.ceil(slots * GROWTH))
  for (let at = 0; at < part.words.length; at += WORDS) {
    const [flags = 0, high = 0, low = 0] = part.words.subarray(at, at + WORDS)
    if (flags !== 0) larger.words.set(part.words.subarray(at, at + WORDS), slotOf(larger, [high, low]))
  }
  larger.used = part.used
  parts[index] = larger
  return larger
}

/** The place of the slot with this hash, or else of an empty slot. */
function slotOf({ words }: Pick<Part, 'words'>, [high, low]: Hash): number {
  const slots = words.length / WORDS
  for (let slot = low % slots; ; slot = (slot + 1) % slots) {
    const at = slot * WORDS
    if (words[at] === 0 || (words[at + 1] === high && words[at + 2] === low)) return at
  }
}

function toWords([high, low]: Hash, { uploadId = '', version, isOpen }: ShownVersion): readonly number[] {
  const digits = `${uploadId.replaceAll('-', '').padStart(4 * HEX, '0')}${version.slice(0, HEX)}`
  const words = [0, 1, 2, 3, 4].map((index) => Number.parseInt(digits.slice(index * HEX, (index + 1) * HEX), 16))
  return [isOpen ? USED | OPEN : USED, high, low, ...words]
}

function fromWords([flags = 0, , , ...words]: Uint32Array): ShownVersion {
  const [a, b, c, d, version = ''] = words.map((word) => word.toString(16).padStart(HEX, '0'))
  const id = `${a}${b}${c}${d}`.replace(/^(.{8})(.{4})(.{4})(.{4})/u, '$1-$2-$3-$4-')
  return { ...(/[1-9a-f]/u.test(id) && { uploadId: id }), version, isOpen: (flags & OPEN) !== 0 }
}

/** Two words, mixed as in cyrb53. */
function hashOf(text: string, seed: number): Hash {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  const first = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  const second = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909)
  return [first >>> 0, second >>> 0]
}
