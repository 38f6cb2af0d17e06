export const SVG = 'image/svg+xml'

/** The first bytes of each image type. An AVIF file lists its brands; the pattern covers only the first few. */
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

/** Bare media types of the accepted images. */
export function imageTypes(allowSvg: boolean): readonly string[] {
  return [...RASTER.map(([mimetype]) => mimetype), ...(allowSvg ? [SVG] : [])]
}

/**
 * The media type of an image by its first bytes, not by its name; `undefined` for all other content. An SVG must be
 * UTF-8, and only an XML declaration, comments and a DOCTYPE may precede its root element.
 */
export function imageTypeOf(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, START_BYTES))
  const mimetype = RASTER.find(([, pattern]) => pattern.test(start))?.[0]
  return mimetype ?? (SVG_START.test(new TextDecoder().decode(bytes.subarray(0, SVG_START_BYTES))) ? SVG : undefined)
}
