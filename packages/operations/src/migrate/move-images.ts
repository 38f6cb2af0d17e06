import { messageOf } from '@ckan-uplink/core'
import { buildImageKey, identify, recordIdOf, type UploadRecord } from '@ckan-uplink/core/uploads'
import { v7 } from 'uuid'
import { receive } from './bring.ts'
import { type FoundImage, findImages } from './find-images.ts'
import { linkKeys } from './link-keys.ts'
import type { Move } from './move.ts'
import { newRecord, type Prepared, prepareCopy } from './prepare-copy.ts'

export interface MovedImage {
  readonly image: FoundImage['image']
  /** Absent: CKAN shows the image in the bucket. */
  readonly reason?: string
}

/** Moves the images one after another, since CKAN takes one write for each. */
export async function* moveImages(move: Move): AsyncGenerator<MovedImage, void> {
  for await (const found of findImages(move)) {
    if ('reason' in found) continue
    const reason = await moveImage(found, move).catch((thrown) => {
      move.work.signal.throwIfAborted()
      return messageOf(thrown)
    })
    yield { image: found.image, ...(reason !== undefined && { reason }) }
  }
}

async function moveImage(found: FoundImage, move: Move): Promise<string | undefined> {
  const { key, complete } = await prepareImage(found, move)
  await complete()
  const [reason] = await linkKeys([key], move)
  return reason
}

/** The linker compares no checksum of an image, so the bytes pass through this machine. */
function prepareImage(found: FoundImage, move: Move): Promise<Prepared> {
  const { type, imageUrl, file } = found.image
  return prepareCopy(
    {
      from: found,
      entry: { owner: type, resource: file.resource.id, before: { url: imageUrl } },
      draft: () => draftRecord(found, move),
      bring: (record) => receive(found, record, move),
    },
    move,
  )
}

function draftRecord({ image, object }: FoundImage, move: Move): UploadRecord {
  const { type, imageUrl, file } = image
  const { fileName } = identify({ name: file.name })
  const key = { kind: 'image', ownerType: type, ownerId: file.resource.id, uploadId: v7(), fileName } as const
  return {
    ...newRecord(move),
    id: recordIdOf(key),
    entity: { type, id: file.resource.id },
    key: buildImageKey(key),
    previous_url: imageUrl,
    only_if_unchanged: true,
    declared: { name: file.name, size: object.size },
    limits: { max_bytes: object.size },
  }
}
