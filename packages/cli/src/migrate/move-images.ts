import { messageOf } from '@ckan-uplink/core'
import { askForImageUpload, type StoredImage } from './images.ts'
import type { Mover } from './mover.ts'
import { type Fail, sendStaged, settle, waitUntilLinked } from './send-staged.ts'
import { stageFile } from './stage-file.ts'

const IMAGES_PER_BATCH = 25

/** Moves the images of organizations, groups and users. */
export async function moveImages(images: AsyncIterable<StoredImage>, mover: Mover): Promise<void> {
  let batch: StoredImage[] = []
  for await (const image of images) {
    batch.push(image)
    if (batch.length < IMAGES_PER_BATCH) continue
    await moveBatch(batch, mover)
    batch = []
  }
  await moveBatch(batch, mover)
}

async function moveBatch(images: readonly StoredImage[], mover: Mover): Promise<void> {
  const { staging, portal, work, onFailure, onDone } = mover
  const imageOf = new Map(images.map((image) => [image.file, image]))

  const fail: Fail = (file, thrown) => {
    work.signal.throwIfAborted()
    const { type = 'image', owner = '' } = imageOf.get(file) ?? {}
    onFailure({ [type]: owner, file: file.name, reason: messageOf(thrown) }, `${type} ${owner}  ${file.name}`)
  }

  await staging.withFolder(async (folder) => {
    const send = (image: StoredImage) => staging.limitDownloads(() => sendImage(image, folder, mover))
    const sent = await settle(images, send, ({ file }, thrown) => fail(file, thrown))
    const moved = await waitUntilLinked(sent, mover, fail)
    if (moved.length > 0) onDone({ images: moved.length }, `Images: ${moved.length}`)
  })

  async function sendImage(image: StoredImage, folder: string, { work }: Mover) {
    const { type, imageUrl, file } = image
    const staged = await stageFile(file, folder, portal)
    const upload = await askForImageUpload(image, staged.bytes, work)
    return sendStaged({ ...staged, hash: undefined }, upload, { owner: type, before: { url: imageUrl } }, mover)
  }
}
