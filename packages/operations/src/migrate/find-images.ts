import { listImages, type StoredImage } from '@ckan-uplink/cli/migrate'
import type { StoredObject } from '@ckan-uplink/core'
import type { Move } from './move.ts'

/** An image of an organization, a group or a user that can move. */
export interface FoundImage {
  readonly image: StoredImage
  readonly key: string
  readonly object: StoredObject
}

export interface LeftOutImage {
  readonly image: StoredImage
  readonly reason: string
}

/** Finds the objects of images by their keys. Without a layout for images there are none. */
export async function* findImages(move: Move): AsyncGenerator<FoundImage | LeftOutImage, void> {
  const { imageKey, path, source, linkDeps, work } = move
  if (imageKey === undefined) return
  const { maxImageBytes } = linkDeps.settings
  for await (const image of listImages(work)) {
    work.signal.throwIfAborted()
    const key = imageKey(image, path)
    const object = await source.store.head(key)
    if (object === undefined) yield { image, reason: `The bucket ${source.name} has no object ${key}.` }
    else if (object.size > maxImageBytes) yield { image, reason: `It has more than ${maxImageBytes} bytes.` }
    else yield { image, key, object }
  }
}
