import type { ContainerClient } from '@azure/storage-blob'
import type { PlatformScanner, Verdict } from '@ckan-uplink/core/uploads'
import { guard, undefinedOn } from './storage-errors.ts'
import { etagOf } from './store.ts'

/** https://learn.microsoft.com/azure/defender-for-cloud/understand-malware-scan-results */
const TAG = 'Malware Scanning scan result'

/** Reads the index tags that Defender for Storage sets. */
export function createPlatformScanner(container: ContainerClient): PlatformScanner {
  return {
    name: 'Defender for Storage',
    verdictOn: (object) => guard('read the tags of', object.key, () => read(container, object)),
  }
}

/** Every write changes the ETag and removes the tags. With the same ETag before and after, the tags belong to it. */
async function read(
  container: ContainerClient,
  { key, etag }: { readonly key: string; readonly etag: string },
): Promise<Verdict | undefined> {
  const blob = container.getBlobClient(key)
  const options = { abortSignal: AbortSignal.timeout(15_000) }
  const isSame = async (): Promise<boolean> => {
    const found = await blob.getProperties(options).catch(undefinedOn(404))
    return found !== undefined && etagOf(found) === etag
  }
  if (!(await isSame())) return undefined
  const found = await blob.getTags(options).catch(undefinedOn(404))
  const verdict = toVerdict(found?.tags[TAG])
  return verdict !== undefined && (await isSame()) ? verdict : undefined
}

function toVerdict(result: string | undefined): Verdict | undefined {
  if (result === undefined) return undefined
  if (result === 'No threats found') return { result: 'clean' }
  if (result === 'Malicious') return { result: 'infected', found: 'malware' }
  return { result: 'unscannable', reason: `Its result is ${JSON.stringify(result)}.` }
}
