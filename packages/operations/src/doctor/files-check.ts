import { type CkanClient, type CkanFiles, createFiles } from '@ckan-uplink/ckan'
import { NotAllowedError, type ObjectStore, RefusedError } from '@ckan-uplink/core'
import { dropParked, parkedIdFor } from '@ckan-uplink/core/operations'
import type { Settings } from '@ckan-uplink/core/settings'
import { buildKey, PROBE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Check, type CheckResult, hint, right, wrong } from './check.ts'

export interface FilesSubject {
  readonly client: CkanClient
  /** The operator's. */
  readonly token: string
  readonly store: ObjectStore
  readonly settings: Settings
  /** Whether the check may put an object. */
  readonly probe: boolean
}

/**
 * Checks that CKAN's storage leads to our files: it registers a small object in CKAN, and removes the file again. No
 * action of CKAN shows the path of a storage. Without the probe, it only checks that CKAN knows the storage.
 */
export function filesChecks({ client, token, store, settings, probe }: FilesSubject): readonly Check[] {
  const { filesStorage: storage, keyPrefix, bucket } = settings
  if (storage === undefined) return []
  const files = createFiles(async (action, params) => (await client.call(action, params, token)).result)
  return [
    {
      name: 'files of CKAN',
      adviceOnError: `Check that CKAN has the storage ${storage} on the bucket ${bucket} with the path ${keyPrefix}: see docs/files.md.`,
      async run() {
        const key = buildKey(keyPrefix, { resourceId: `${PROBE_PREFIX}${crypto.randomUUID()}` })
        const place = { storage, location: key.slice(keyPrefix.length) }
        if (!probe) return judgeStorage(files, place)
        await store.put(key, new TextEncoder().encode('ckan-uplink doctor\n'))
        try {
          return await tryFile(files, place)
        } finally {
          await store.remove(key)
          await dropParked(store, await parkedIdFor({ bucket, key }))
        }
      },
    },
  ]
}

type Place = Parameters<CkanFiles['registerFile']>[0]

async function tryFile(files: CkanFiles, place: Place): Promise<CheckResult> {
  const file = await register(files, place)
  if ('state' in file) return file
  try {
    await files.deleteFile(file.id)
  } catch (thrown) {
    if (!(thrown instanceof RefusedError)) throw thrown
    return hint(`CKAN reads the storage ${place.storage}, but cannot remove files: remove the file ${file.id} there`)
  }
  return right(`CKAN registers and removes files of the storage ${place.storage}`)
}

async function register(files: CkanFiles, place: Place): Promise<{ readonly id: string } | CheckResult> {
  try {
    const file = await files.registerFile(place, { type: 'resource', id: place.location, pinned: true })
    return file ?? wrong('CKAN has the probe already.', 'Run the doctor again.')
  } catch (thrown) {
    if (thrown instanceof NotAllowedError)
      return wrong(thrown.message, 'Give CKAN_API_TOKEN the token of a sysadmin. The service needs such a token, too.')
    throw thrown
  }
}

/** CKAN looks for the object only in a storage that it knows. */
async function judgeStorage(files: CkanFiles, place: Place): Promise<CheckResult> {
  try {
    const file = await register(files, place)
    return 'state' in file ? file : wrong(`CKAN shows the file ${file.id}, which does not exist.`, 'Remove it in CKAN.')
  } catch (thrown) {
    if (!(thrown instanceof RefusedError) || !thrown.message.includes('has no object')) throw thrown
    return hint(`CKAN has the storage ${place.storage}; only the probe finds out whether it leads to the bucket`)
  }
}
