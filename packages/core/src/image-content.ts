export const SVG = 'image/svg+xml'

/** What images begin as; of AVIF's brands the first few are looked at. */
const RASTER: readonly (readonly [mimetype: string, start: RegExp])[] = [
  ['image/avif', /^.{4}ftyp.{0,48}avi[fos]/su],
  ['image/gif', /^GIF8[79]a/u],
  ['image/jpeg', /^\xff\xd8\xff/u],
  ['image/png', /^\x89PNG\r\n.\n/su],
  ['image/webp', /^RIFF.{4}WEBP/su],
]
const START_BYTES = 64

const SVG_START =
  /^\s*(?:<\?xml\b[^>]*>\s*)?(?:(?:<!--(?:(?!-->).)*-->|<!DOCTYPE\b[^>[]*(?:\[[^\]]*\]\s*)?>)\s*)*<svg[\s>/]/su
const SVG_START_BYTES = 8192

/** Bare media types of the images that are taken; SVG only where it is allowed. */
export function imageTypes(allowSvg: boolean): readonly string[] {
  return [...RASTER.map(([mimetype]) => mimetype), ...(allowSvg ? [SVG] : [])]
}

/**
 * The media type of an image by its first bytes, whatever it is called; `undefined` for what is none of those that are taken.
 * An SVG is in UTF-8, its root element after nothing but what XML lets stand before it.
 */
export function imageTypeOf(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, START_BYTES))
  const mimetype = RASTER.find(([, pattern]) => pattern.test(start))?.[0]
  return mimetype ?? (SVG_START.test(new TextDecoder().decode(bytes.subarray(0, SVG_START_BYTES))) ? SVG : undefined)
}
