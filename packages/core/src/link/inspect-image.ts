import { imageTypes, SVG } from '../image-content.ts'
import type { ImageKey } from '../image-keys.ts'
import { versionOf } from '../linked-url.ts'
import type { ObjectStore } from '../ports.ts'
import type { Settings } from '../settings.ts'
import { invalid, sizeBreach } from './inspect.ts'
import { type ImageContent, readImage } from './read-image.ts'
import type { Inspection, Upload } from './upload.ts'

type ImageSettings = Pick<Settings, 'maxImageBytes' | 'maxImageSide' | 'allowSvg'>

/** Looks at an image's present content. What it is called and what it was declared as don't matter: it is served as what it is. */
export async function inspectImage(
  { store, settings }: { readonly store: Pick<ObjectStore, 'get'>; readonly settings: ImageSettings },
  upload: Upload<ImageKey>,
): Promise<Inspection<ImageKey>> {
  const limits = { maxUploadBytes: settings.maxImageBytes }
  const found = await store.get(upload.key, { length: upload.stored.record.limits.max_bytes ?? settings.maxImageBytes })
  if (found === undefined) return { kind: 'absent' }
  const { object, bytes } = found
  const breach = sizeBreach(limits, upload, object) ?? contentBreach(settings, readImage(bytes))
  return breach ?? { kind: 'valid', candidate: { upload, object, version: await versionOf(object.etag) } }
}

function contentBreach({ allowSvg, maxImageSide }: ImageSettings, image: ImageContent | undefined): Inspection<ImageKey> | undefined {
  if (image === undefined || (image.mimetype === SVG && !allowSvg)) {
    const found = image === undefined ? 'is no image, or a damaged one' : `is of type ${image.mimetype}`
    return invalid('type_not_allowed', `The file ${found}; images here are ${imageTypes(allowSvg).join(', ')}.`)
  }
  const { width = 1, height = 1 } = image
  if (Math.min(width, height) > 0 && Math.max(width, height) <= maxImageSide) return undefined
  return invalid('too_large', `The image has ${width} × ${height} pixels, where a side may have 1 to ${maxImageSide}: upload another one.`)
}
