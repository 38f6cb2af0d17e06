import { typeOfExtension } from './format-table.ts'

const MAX_BYTES = 200
/** `normalize` needs quadratic time for some texts, and only the ends of a long name can be in the result. */
const MAX_END = 500
/**
 * Path separators, characters that cause problems in shells, browsers, Windows or Azure, control characters, line
 * separators, marks of writing direction, and lone surrogates.
 */
const UNSAFE = /[/\\:*?"<>|%#&\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu
/**
 * Invisible characters. Inside a word they join letters, as in Persian names and emoji. Marks of writing direction are
 * missing, because they are forbidden.
 */
const INVISIBLE = /(?:(?![\u202a-\u202e\u2066-\u2069])\p{Cf})+/gu
const EXTENSION = /(?:\.tar)?\.[\p{L}\p{N}_-]{1,16}$/u

/** Whether the name contains characters that no person uses in a file name on purpose. */
export function hasForbiddenCharacters(name: string): boolean {
  return /[/\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u.test(name)
}

/**
 * The name without invisible characters at its ends, beside its dots and in its extension. Names that were copied from
 * a page or a message often contain them. Invisible characters inside words stay.
 */
export function visibleName(name: string): string {
  const visible = name.replace(/[\s.\p{Cf}]+/gu, dropInvisible)
  const start = visible.lastIndexOf('.') + 1
  const extension = visible.slice(start).replace(INVISIBLE, '')
  return typeOfExtension(extension.toLowerCase()) ? visible.slice(0, start) + extension : visible
}

/**
 * The part of the name that looks like an extension, in the case of the name: `.csv`, `.tar.gz`, and the `.2` of
 * `Budget v1.2`. `''` when there is none.
 */
export function extensionOf(fileName: string): string {
  return EXTENSION.exec(fileName)?.[0] ?? ''
}

/** The text behind the last dot, in lower case; the whole text without a dot: `.tar.GZ` → `gz` */
export function extensionWord(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase()
}

/**
 * A readable name that every store, browser and file system accepts: NFC, at most 200 bytes of UTF-8, with its
 * extension. `日本語.csv` stays unchanged. Idempotent; never empty.
 */
export function safeFileName(name: string): string {
  const clean = visibleName(keepEnds(name))
    .normalize('NFC')
    .replace(UNSAFE, '_')
    .replace(/[\s.]+/gu, collapseRun)
  const extension = extensionOf(clean)
  const stem = clean.slice(0, clean.length - extension.length).replace(/^[\s.]+/u, '')
  return truncate(stem === '' ? 'data' : stem, MAX_BYTES - utf8Length(extension)) + extension
}

/** The file name in a URL: the decoded last segment of its path, if it has an extension. */
export function fileNameOfUrl(url: string): string | undefined {
  const path = url.replace(/[?#].*$/su, '')
  const segment = path.slice(path.lastIndexOf('/') + 1)
  const isPath = path.includes('://') ? path.split('/').length > 3 : segment !== ''
  const name = isPath ? decodeSegment(segment) : ''
  return extensionOf(name) === '' ? undefined : name
}

function keepEnds(name: string): string {
  return name.length > 2 * MAX_END ? name.slice(0, MAX_END) + name.slice(-MAX_END) : name
}

/** Reduces a run of spaces and dots to its last dot and the spaces after it; removes it at the end of the name. */
function collapseRun(run: string, offset: number, name: string): string {
  return offset + run.length === name.length ? '' : run.slice(Math.max(0, run.lastIndexOf('.')))
}

function dropInvisible(run: string, offset: number, name: string): string {
  const isInside = offset > 0 && offset + run.length < name.length && !run.includes('.')
  return isInside ? run : run.replace(INVISIBLE, '')
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function truncate(text: string, maxBytes: number): string {
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += utf8Length(character)
    if (bytes > maxBytes) break
    end += character.length
  }
  return text.slice(0, end).replace(/[\s.\p{Cf}]+$/u, '')
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}
