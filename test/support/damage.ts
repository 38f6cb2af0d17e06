import { setTimeout } from 'node:timers/promises'
import { type Finding, parkEvent, type ReconcileStep } from '@ckan-uplink/core/operations'
import { buildKey, parseImageKey, type ResourceKey } from '@ckan-uplink/core/uploads'
import { only } from './ckan-calls.ts'
import {
  announce,
  type DamageSite,
  linkAll,
  linkedFile,
  newFile,
  newImage,
  newOrganization,
  put,
  replacedFile,
} from './damage-site.ts'

/** The word of a reconciliation about a key: the kind of the finding, or the outcome for an object. */
export type Word = Exclude<Finding['kind'], 'object'> | Extract<Finding, { kind: 'object' }>['outcome']['kind']

interface Kind {
  /** Makes the damage. The result is the key that a reconciliation and a clean-up report. */
  readonly make: (site: DamageSite) => Promise<string>
  readonly found: Word
  /** The word after the fix, as far as a fix is possible. Absent: the next reconciliation does not report it. */
  readonly again?: Word
  readonly isCleanable?: true
}

/** Every kind of damage to a bucket and its CKAN, and a file without damage. */
export const DAMAGE: Readonly<Record<string, Kind>> = {
  'a file that is linked': {
    make: async (site) => (await linkedFile(site)).key,
    found: 'unchanged',
    again: 'unchanged',
  },
  'a file whose event was lost': {
    make: async (site) => (await newFile(site)).key,
    found: 'linked',
    again: 'unchanged',
  },
  'a file at a plain key': {
    make: async (site) => {
      const key = buildKey(site.deps.settings.keyPrefix, { resourceId: only(await site.ckan.newDataset()) })
      return put(site, key)
    },
    found: 'linked',
    again: 'unchanged',
  },
  'a file at a plain key, older than the URL that a person wrote': {
    make: async (site) => {
      const resource = only(await site.ckan.newDataset())
      const key = await put(site, buildKey(site.deps.settings.keyPrefix, { resourceId: resource }))
      // The object must be older than the change, measured in milliseconds by both clocks.
      await setTimeout(5)
      await site.ckan.act('resource_patch', { id: resource, url: 'https://example.org/theirs.csv' })
      return key
    },
    found: 'ignored',
    again: 'ignored',
  },
  'a file that a later file has replaced': {
    make: async (site) => (await replacedFile(site)).key,
    found: 'superseded',
    again: 'superseded',
    isCleanable: true,
  },
  'an older file that a copied dataset points to': {
    make: async (site) => {
      const { key, url } = await replacedFile(site)
      await site.ckan.newDataset([{ name: 'Copy', url }])
      return key
    },
    found: 'superseded',
    again: 'superseded',
  },
  'a file whose resource was deleted': {
    make: async (site) => {
      const { key, resource } = await linkedFile(site)
      await site.ckan.act('resource_delete', { id: resource })
      return key
    },
    found: 'orphan',
    again: 'orphan',
    isCleanable: true,
  },
  'a file whose dataset was purged': {
    make: async (site) => {
      const { key, dataset } = await newFile(site)
      await site.ckan.purge([dataset])
      return key
    },
    found: 'orphan',
    again: 'orphan',
    isCleanable: true,
  },
  'a file whose dataset is deleted and can be restored': {
    make: async (site) => {
      const { key, dataset } = await linkedFile(site)
      await site.ckan.act('package_delete', { id: dataset })
      return key
    },
    found: 'orphan',
    again: 'orphan',
  },
  'a file that is missing': {
    make: async (site) => {
      const { key } = await linkedFile(site)
      await site.deps.store.remove(key)
      return key
    },
    found: 'object_gone',
    again: 'object_gone',
  },
  'an upload without a file': {
    make: async (site) => {
      const { key } = await newFile(site)
      await site.deps.store.remove(key)
      return key
    },
    found: 'stuck_record',
  },
  'a file without the declared size': {
    make: async (site) => (await newFile(site, { declared: { name: 'table.csv', size: 3 } })).key,
    found: 'ignored',
    again: 'ignored',
    isCleanable: true,
  },
  'a file of an upload that was aborted': {
    make: async (site) => (await newFile(site, { state: 'aborted' })).key,
    found: 'ignored',
    again: 'ignored',
    isCleanable: true,
  },
  'an invalid file at a plain key that a copied dataset points to by an old address': {
    make: async (site) => {
      const resource = only(await site.ckan.newDataset([{ name: 'Table', url: 'https://example.org/theirs.csv' }]))
      const parsed: ResourceKey = { kind: 'resource', resourceId: resource }
      const key = buildKey(site.deps.settings.keyPrefix, parsed)
      await announce(site, parsed, {
        key,
        entity: { type: 'resource', id: resource },
        declared: { name: 'table.csv', size: 3 },
      })
      await site.ckan.newDataset([
        { name: 'Copy', url: `https://old.example.org/resource/${resource}/download/table.csv` },
      ])
      return put(site, key)
    },
    found: 'ignored',
    again: 'ignored',
  },
  'a parked file whose dataset was purged': {
    make: async (site) => {
      const { key, dataset } = await newFile(site)
      await site.ckan.purge([dataset])
      await parkEvent(
        site.deps,
        { bucket: site.deps.settings.bucket, key, kind: 'created' },
        'CKAN has no such resource.',
      )
      return key
    },
    found: 'orphan',
    again: 'orphan',
  },
  'a key that names no resource': {
    make: (site) => put(site, `${site.deps.settings.keyPrefix}stray/${crypto.randomUUID()}`),
    found: 'parked',
    again: 'parked',
  },
  'an image whose event was lost': {
    make: async (site) => newImage(site, await newOrganization(site)),
    found: 'linked',
    again: 'unchanged',
  },
  'an image that a later image has replaced': {
    make: async (site) => {
      const organization = await newOrganization(site)
      const key = await newImage(site, organization)
      await linkAll(site, key)
      await linkAll(site, await newImage(site, organization))
      return key
    },
    found: 'superseded',
    again: 'superseded',
    isCleanable: true,
  },
  'an image whose organization was purged': {
    make: async (site) => {
      const id = await newOrganization(site)
      const key = await newImage(site, id)
      await site.ckan.act('organization_purge', { id }, 'admin')
      return key
    },
    found: 'orphan',
    again: 'orphan',
    isCleanable: true,
  },
}

/** Makes each kind of damage once. The result has the key of each kind. */
export async function damage(site: DamageSite): Promise<Readonly<Record<string, string>>> {
  const keys: Record<string, string> = {}
  for (const [name, { make }] of Object.entries(DAMAGE)) keys[name] = await make(site)
  return keys
}

/** Purges the organizations, which `CkanCalls.purge` does not know. */
export async function purgeOrganizations(
  ckan: DamageSite['ckan'],
  keys: Readonly<Record<string, string>>,
): Promise<void> {
  for (const key of Object.values(keys)) {
    const image = parseImageKey(key)
    if (image?.kind === 'image') await ckan.act('organization_purge', { id: image.ownerId }, 'admin').catch(() => {})
  }
}

/** The word of a reconciliation about each kind of damage. */
export async function wordsOn(
  keys: Readonly<Record<string, string>>,
  steps: AsyncIterable<ReconcileStep>,
): Promise<Readonly<Record<string, Word | undefined>>> {
  const words = new Map<string, Word>()
  for await (const { finding } of steps) {
    if (finding?.kind === 'object') words.set(finding.event.key, finding.outcome.kind)
    else if (finding) words.set(finding.key, finding.kind)
  }
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, words.get(key)]))
}
