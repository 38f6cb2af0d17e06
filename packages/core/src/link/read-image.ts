import { imageDimensionsFromData } from 'image-dimensions'
import { imageTypeOf, SVG } from '../image-content.ts'

/** The type and the dimensions of an image, read from its content. */
export interface ImageContent {
  readonly mimetype: string
  /** Pixels; absent for SVG, which has none. */
  readonly width?: number
  readonly height?: number
}

/** Reads a whole image; `undefined` for content that some browsers may not show as an image. */
export function readImage(bytes: Uint8Array): ImageContent | undefined {
  const mimetype = imageTypeOf(bytes)
  if (mimetype === undefined || mimetype === SVG) return mimetype && { mimetype }
  const found = dimensionsOf(bytes)
  return found && mimetype === `image/${found.type}`
    ? { mimetype, width: found.width, height: found.height }
    : undefined
}

/** A crafted file can exhaust the library's stack. */
function dimensionsOf(bytes: Uint8Array): ReturnType<typeof imageDimensionsFromData> {
  try {
    return imageDimensionsFromData(bytes)
  } catch {
    return undefined
  }
}
