import { catalogFrom, listerFrom } from '@ckan-uplink/ckan'
import { type LinkDeps, type ObjectStore, systemClock } from '@ckan-uplink/core'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { beforeAll, describe, expect, it } from 'vitest'
import type { CkanCalls } from './ckan-calls.ts'
import { DAMAGE, damage } from './damage.ts'
import type { DamageSite } from './damage-site.ts'
import { type Ended, linesOf } from './operated-edition.ts'

/** A deployment whose bucket sends no notifications, and its operator. */
export interface OperatedSite {
  readonly store: ObjectStore
  readonly ckan: CkanCalls
  /** The variables of the deployed program. */
  readonly settings: Readonly<Record<string, string>>
  readonly adminToken: string
  operate(args: string): Promise<Ended>
}

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
