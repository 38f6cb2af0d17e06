import { UplinkError } from '@ckan-uplink/core'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/**
 * `sha256:<hex>` of a file. It reads the file piece by piece, because a browser's own hash function needs all of it in
 * memory.
 */
export async function checksumOf(source: Blob, signal?: AbortSignal): Promise<string> {
  const hash = sha256.create()
  const reader = source.stream().getReader()
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      signal?.throwIfAborted()
      hash.update(piece.value)
    }
  } catch (cause) {
    signal?.throwIfAborted()
    throw new UplinkError('source', 'The file cannot be read, or changed while it was read: upload it again.', false, {
      cause,
    })
  } finally {
    await reader.cancel().catch(() => {})
  }
  return `sha256:${bytesToHex(hash.digest())}`
}
