import { imageDimensionsFromData } from 'image-dimensions'
import { imageTypeOf, SVG } from '../image-content.ts'

/** What an image is by its content. */
export interface ImageContent {
  readonly mimetype: string
  /** Pixels; absent for SVG, which has none. */
  readonly width?: number
  readonly height?: number
}

/** Reads a whole image; `undefined` for what no browser is sure to take for one. */
export function readImage(bytes: Uint8Array): ImageContent | undefined {
  const mimetype = imageTypeOf(bytes)
  if (mimetype === undefined || mimetype === SVG) return mimetype && { mimetype }
  const found = dimensionsOf(bytes)
  return found && mimetype === `image/${found.type}`
    ? { mimetype, width: found.width, height: found.height }
    : undefined
}

/** A file can be made such that the library runs out of stack. */
function dimensionsOf(bytes: Uint8Array): ReturnType<typeof imageDimensionsFromData> {
  try {
    return imageDimensionsFromData(bytes)
  } catch {
    return undefined
  }
}
