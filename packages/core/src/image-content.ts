import { imageDimensionsFromData } from 'image-dimensions'

/** What an image is by its content, whatever it is called. */
export interface ImageContent {
  readonly mimetype: string
  /** Pixels; absent for SVG, which has none. */
  readonly width?: number
  readonly height?: number
}

export const SVG = 'image/svg+xml'
const RASTER: Readonly<Record<string, string>> = { avif: 'image/avif', gif: 'image/gif', jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp' }

/** Bare media types of the images that are taken; SVG only where it is allowed. */
export function imageTypes(allowSvg: boolean): readonly string[] {
  return [...Object.values(RASTER), ...(allowSvg ? [SVG] : [])]
}

/** Reads a whole image; `undefined` for what no browser is sure to take for one. */
export function readImage(bytes: Uint8Array): ImageContent | undefined {
  const found = dimensionsOf(bytes)
  const mimetype = RASTER[found?.type ?? '']
  if (found && mimetype !== undefined) return { mimetype, width: found.width, height: found.height }
  return isSvg(bytes) ? { mimetype: SVG } : undefined
}

/** A file can be made such that the library runs out of stack. */
function dimensionsOf(bytes: Uint8Array): ReturnType<typeof imageDimensionsFromData> {
  try {
    return imageDimensionsFromData(bytes)
  } catch {
    return undefined
  }
}

const SVG_PROLOGUE_BYTES = 8192
const SVG_START = /^\s*(?:<\?xml\b[^>]*>\s*)?(?:(?:<!--(?:(?!-->).)*-->|<!DOCTYPE\b[^>[]*(?:\[[^\]]*\]\s*)?>)\s*)*<svg[\s>/]/su

/** In UTF-8, its root element after nothing but what XML lets stand before. */
function isSvg(bytes: Uint8Array): boolean {
  return SVG_START.test(new TextDecoder().decode(bytes.subarray(0, SVG_PROLOGUE_BYTES)))
}
