import { imageTypes, SVG } from '../image-content.ts'
import type { ObjectStore } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'
import type { ImageKey } from '../uploads/image-keys.ts'
import { versionOf } from '../uploads/linked-url.ts'
import { type Breach, formBreach, invalid, sizeBreach } from './inspect.ts'
import { type ImageContent, readImage } from './read-image.ts'
import type { Candidate, Inspection, Upload } from './upload.ts'

type ImageInspection = Inspection<Candidate<ImageKey>>

type ImageSettings = Pick<Settings, 'maxImageBytes' | 'maxImageSide' | 'allowSvg'>

interface ImageInspector {
  readonly store: Pick<ObjectStore, 'head' | 'get'>
  readonly settings: ImageSettings
}

/**
 * Inspects the present content of an image. Does not read a version again that was linked. The name and the declared
 * type do not matter, because the gateway serves the image with the type of its content.
 */
export async function inspectImage(inspector: ImageInspector, upload: Upload<ImageKey>): Promise<ImageInspection> {
  return (await inspectLinked(inspector, upload)) ?? inspectContent(inspector, upload)
}

async function inspectLinked(
  { store }: ImageInspector,
  upload: Upload<ImageKey>,
): Promise<ImageInspection | undefined> {
  const { linked } = upload.stored.record
  const object = linked && (await store.head(upload.key))
  const version = object && (await versionOf(object.etag))
  return object && version === linked?.version ? { kind: 'valid', candidate: { upload, object, version } } : undefined
}

async function inspectContent({ store, settings }: ImageInspector, upload: Upload<ImageKey>): Promise<ImageInspection> {
  const { maxImageBytes } = settings
  const found = await store.get(upload.key, { length: upload.stored.record.limits.max_bytes ?? maxImageBytes })
  if (found === undefined) return { kind: 'absent' }
  const { object, bytes } = found
  const breach =
    formBreach(upload, object) ??
    sizeBreach({ maxUploadBytes: maxImageBytes }, upload, object) ??
    contentBreach(settings, readImage(bytes))
  if (breach) return { ...breach, etag: object.etag }
  return { kind: 'valid', candidate: { upload, object, version: await versionOf(object.etag) } }
}

function contentBreach({ allowSvg, maxImageSide }: ImageSettings, image: ImageContent | undefined): Breach | undefined {
  if (image === undefined || (image.mimetype === SVG && !allowSvg)) {
    const found = image === undefined ? 'is not an image, or it is damaged' : `has the type ${image.mimetype}`
    return invalid('type_not_allowed', `The file ${found}. Upload an image of type ${imageTypes(allowSvg).join(', ')}.`)
  }
  const { width = 1, height = 1 } = image
  if (Math.min(width, height) > 0 && Math.max(width, height) <= maxImageSide) return undefined
  return invalid(
    'too_large',
    `The image has ${width} × ${height} pixels: upload an image with 1 to ${maxImageSide} pixels per side.`,
  )
}
