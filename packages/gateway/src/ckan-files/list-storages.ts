import type { GatewayDeps } from '../deps.ts'

/** What the gateway does for the files of a storage, in the words of file-keeper. */
const CAPABILITIES = ['CREATE', 'MULTIPART', 'SIGNED', 'STREAM', 'RANGE', 'COPY', 'REMOVE']

/** The storage of direct uploads, if the site has one. CKAN does not show its own storages. */
export function listStorages({ settings, multipart: { limits } }: Pick<GatewayDeps, 'settings' | 'multipart'>) {
  const { filesStorage: name, maxUploadBytes } = settings
  if (name === undefined) return { storages: [] }
  const { maxParts, minPartBytes, maxPartBytes, maxObjectBytes = maxParts * maxPartBytes } = limits
  const storage = {
    name,
    capabilities: CAPABILITIES,
    max_bytes: Math.min(maxUploadBytes, maxObjectBytes),
    max_request_bytes: Math.min(maxUploadBytes, maxPartBytes),
    min_part_bytes: minPartBytes,
    max_part_bytes: maxPartBytes,
    max_parts: maxParts,
  }
  return { storages: [storage] }
}
