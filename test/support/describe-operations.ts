import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogFrom, listerFrom } from '@ckan-uplink/ckan'
import { type LinkDeps, type ObjectStore, systemClock } from '@ckan-uplink/core'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { buildKey, DEFAULT_KEY_PREFIX } from '@ckan-uplink/core/uploads'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Ended } from '../../packages/cli/test/support/cli.ts'
import type { CkanCalls } from './ckan-calls.ts'
import { DAMAGE, damage } from './damage.ts'
import type { DamageSite } from './damage-site.ts'
import { linesOf } from './operated-edition.ts'

/** A deployment whose bucket sends no notifications, and its operator. */
export interface OperatedSite {
  readonly store: ObjectStore
  readonly ckan: CkanCalls
  /** The variables of the deployed program. */
  readonly settings: Readonly<Record<string, string>>
  readonly adminToken: string
  operate(args: string): Promise<Ended>
}

const BUDGET = 'name,budget\nwater,12\n'
const QUIET: readonly unknown[] = ['unchanged', 'superseded', undefined]

/** Damages the bucket in every way. Then the operator has to find, fix and remove the damage. */
export function describeOperations(name: string, open: () => OperatedSite): void {
  describe(`the operator of ${name}`, () => {
    let site: OperatedSite
    let keys: Readonly<Record<string, string>>

    beforeAll(async () => {
      site = open()
      keys = await damage(damageSite(site))
    })

    it('sees all damage in a dry run that writes nothing', async () => {
      const before = await contents()
      const dryRun = await site.operate('reconcile --json')
      expect([dryRun.code, dryRun.stderr]).toEqual([1, ''])
      expect(wordsIn(dryRun)).toEqual(expectedWords('found'))
      expect(await contents()).toEqual(before)
    })

    it('fixes what --fix can fix, and then sees only the rest', async () => {
      expect(wordsIn(await site.operate('reconcile --fix --json'))).toEqual(expectedWords('found'))
      expect(wordsIn(await site.operate('reconcile --json'))).toEqual(expectedWords('again'))
    })

    it('removes files that CKAN does not need, and no file that CKAN points to', async () => {
      const unneeded = Object.entries(DAMAGE).flatMap(([what, { isCleanable }]) => (isCleanable ? [keys[what]] : []))
      const before = await contents()
      const dryRun = await site.operate('clean --older-than 0s --json')
      expect([dryRun.code, keysIn(dryRun)]).toEqual([1, unneeded.toSorted()])
      expect(await contents()).toEqual(before)
      const cleaned = await site.operate('clean --older-than 0s --fix --json')
      expect([cleaned.code, keysIn(cleaned)]).toEqual([0, unneeded.toSorted()])
      const after = Object.entries(before).filter(([key]) => !unneeded.includes(key))
      expect(await contents()).toEqual(Object.fromEntries(after))
    }, 240_000)

    it('moves in the files of another uploader', async () => {
      const { store, ckan, settings } = site
      const { id: dataset, resources } = await ckan.newDataset([{ url: 'budget.csv', url_type: 'upload' }])
      const [resourceId = ''] = resources
      await store.put(`old/resources/${resourceId}/budget.csv`, new TextEncoder().encode(BUDGET))
      const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-journal-'))
      const journal = join(folder, 'moved.jsonl')
      const from = `--from s3filestore --path old --dataset ${dataset} --journal ${journal}`
      const moved = await site.operate(`migrate-bucket ${from} --fix --json`)
      expect([moved.code, linesOf(moved).at(-1)], moved.stderr).toMatchObject([0, { files: 1 }])

      const { upload: uploadId } = JSON.parse(await readFile(journal, 'utf8'))
      await rm(folder, { recursive: true })
      const copy = await store.get(buildKey(DEFAULT_KEY_PREFIX, { resourceId, uploadId, fileName: 'budget.csv' }))
      expect(new TextDecoder().decode(copy?.bytes)).toBe(BUDGET)
      const shown = await ckan.resource(resourceId)
      expect([shown.url, shown.url_type]).toEqual([expect.stringContaining(`/${uploadId}/`), ''])
      expect(shown.url.startsWith(settings['GATEWAY_URL'])).toBe(true)
    }, 60_000)

    /** All files by key. */
    async function contents(): Promise<Readonly<Record<string, string>>> {
      const found: [string, string][] = []
      for (const prefix of ['resources/', 'images/']) {
        for await (const { key } of site.store.list(prefix))
          found.push([key, Buffer.from((await site.store.get(key))?.bytes ?? []).toString('base64')])
      }
      return Object.fromEntries(found)
    }

    /** The command's JSON spells kinds with hyphens. */
    function wordsIn(ended: Ended): Readonly<Record<string, unknown>> {
      const words = new Map(
        linesOf(ended).map((line) => [
          keyOf(line),
          line['kind'] === 'object' ? fieldOf(line['outcome'], 'kind') : String(line['kind']).replaceAll('-', '_'),
        ]),
      )
      return Object.fromEntries(
        Object.entries(keys).flatMap(([what, key]) => (words.has(key) ? [[what, words.get(key)]] : [])),
      )
    }
  })
}

function expectedWords(when: 'found' | 'again'): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(DAMAGE).flatMap(([what, kind]) => (QUIET.includes(kind[when]) ? [] : [[what, kind[when]]])),
  )
}

function keysIn(ended: Ended): readonly unknown[] {
  return linesOf(ended)
    .flatMap((line) => (line['kind'] === 'total' ? [] : [line['key']]))
    .toSorted()
}

function keyOf(line: Readonly<Record<string, unknown>>): unknown {
  return line['key'] ?? fieldOf(line['event'], 'key')
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(field) : undefined
}

function damageSite({ settings: variables, store, ckan, adminToken }: OperatedSite): DamageSite {
  const settings = readFrom(variables, readSettings)
  const logger: LinkDeps['logger'] = { log: () => {} }
  const deps = {
    settings,
    store,
    catalog: catalogFrom(settings, adminToken),
    lister: listerFrom(settings, adminToken),
    clock: systemClock,
    logger,
  }
  return { deps, ckan }
}
