import type { ObjectStore } from '@ckan-uplink/core'
import { MIB } from '@ckan-uplink/core/support'
import type { MultipartSigner, MultipartUpload } from '@ckan-uplink/core/uploads'

/**
 * Uploads in parts to a bucket in memory. Parts have sizes and no content, so that they may be as large as real ones.
 */
export interface MemoryParts extends MultipartSigner {
  /** A part arrives, as if its URL had been used. */
  arrive(upload: MultipartUpload, partNumber: number, size: number): void
}

export function createMemoryParts(store: Pick<ObjectStore, 'put'>): MemoryParts {
  const uploads = new Map<string, Map<number, number>>()
  const partsOf = ({ key, id }: MultipartUpload) => uploads.get(`${id} ${key}`)
  return {
    limits: { maxParts: 10_000, minPartBytes: 5 * MIB, maxPartBytes: 5 * 1024 * MIB },
    async begin({ key }) {
      const id = `upload-${uploads.size + 1}`
      uploads.set(`${id} ${key}`, new Map())
      return id
    },
    async signPart({ key, id, partNumber, size, expiresInSeconds }) {
      const url = `https://bucket.example.org/${key}?uploadId=${id}&partNumber=${partNumber}&length=${size}&expires=${expiresInSeconds}`
      return { method: 'PUT', url, headers: {}, expiresAt: new Date(Date.now() + expiresInSeconds * 1000) }
    },
    async listParts(upload) {
      const parts = [...(partsOf(upload) ?? [])].map(([partNumber, size]) => ({ partNumber, size }))
      return partsOf(upload) && parts.sort((a, b) => a.partNumber - b.partNumber)
    },
    async complete({ key, id }) {
      if (!uploads.delete(`${id} ${key}`)) return undefined
      return { etag: (await store.put(key, new Uint8Array())) ?? '' }
    },
    async abort({ key, id }) {
      uploads.delete(`${id} ${key}`)
    },
    arrive(upload, partNumber, size) {
      partsOf(upload)?.set(partNumber, size)
    },
  }
}
