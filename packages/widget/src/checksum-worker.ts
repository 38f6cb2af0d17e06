import { checksumOf } from '@ckan-uplink/client/checksum'

addEventListener('message', async ({ data }: MessageEvent<File>) => {
  try {
    postMessage({ hash: await checksumOf(data) })
  } catch (thrown) {
    postMessage({ error: thrown instanceof Error ? thrown.message : String(thrown) })
  }
})
