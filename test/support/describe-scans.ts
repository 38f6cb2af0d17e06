import { DEFAULT_KEY_PREFIX } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Ended } from '../../packages/cli/test/support/cli.ts'
import { collect } from '../../packages/operations/test/support/collect.ts'
import { type CkanAccess, only } from './ckan-calls.ts'
import { linesOf, type OperatedEdition, openEditionOf, openOperatedEdition } from './operated-edition.ts'

/** A clamd that accepts streams up to 2 MB, scans files up to 1 MB, and finds EICAR. */
export interface Clamd {
  /** As `--clamd` takes it. */
  readonly address: string
  close(): Promise<void>
}

/** The EICAR test file in two parts, so that no scanner objects to this source. */
export const EICAR = `X5O!P%@AP[4\\PZX54(P^)7CC)7}$${'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!'}$H+H*`

const FILES = {
  'clean.csv': 'a,b\n1,2\n',
  'infected.txt': EICAR,
  'large.csv': 'a,b\n'.repeat(1_000_000),
  'partial.csv': 'a,b\n'.repeat(400_000),
} as const
type Name = keyof typeof FILES
const NAMES = ['clean.csv', 'infected.txt', 'large.csv', 'partial.csv'] as const

interface Sent {
  readonly id: string
  readonly key: string
  readonly resource: string
  readonly dataset: string
}

/** Describes the scan gate in the local edition with a clamd. Four files are uploaded and scanned. */
export function describeScans(title: string, startClamd: () => Promise<Clamd>, site?: CkanAccess): void {
  describe(title, () => {
    let edition: Omit<OperatedEdition, 'ckan'>
    let clamd: Clamd
    let sent: Readonly<Record<Name, Sent>>
    let before: readonly unknown[]
    let listed: Ended
    let unreachable: Ended
    let scanned: Ended

    beforeAll(async () => {
      clamd = await startClamd()
      const local = { settings: { SCANNER: 'clamav' } }
      edition = site ? await openEditionOf(site, local) : await openOperatedEdition({ local })
      const uploads = await Promise.all(NAMES.map(async (name) => [name, await upload(name)] as const))
      sent = Object.fromEntries(uploads) as Record<Name, Sent>
      before = await Promise.all(NAMES.map((name) => urlOf(sent[name])))
      listed = await edition.operate('scan list --json')
      unreachable = await edition.operate('scan run --clamd /nowhere/clamd.ctl')
      scanned = await edition.operate(`scan run --clamd ${clamd.address} --json`)
    })
    afterAll(async () => {
      if (site) await edition?.purge()
      await edition?.close()
      await clamd?.close()
    })

    async function upload(name: Name): Promise<Sent> {
      const created = await edition.newDataset()
      const resource = only(created)
      const { id } = await edition.uplink.upload(new Blob([FILES[name]]), { resource, name })
      const isScanning = async () => (await edition.uplink.show(id)).state === 'scanning'
      await vi.waitUntil(isScanning, { timeout: 120_000, interval: 100 })
      return { id, resource, dataset: created.id, key: (await edition.uplink.show(id)).key }
    }

    async function urlOf({ dataset }: Sent): Promise<unknown> {
      return (await edition.dataset(dataset)).resources[0]?.url
    }

    function resultOf({ id }: Sent): unknown {
      return linesOf(scanned).find((line) => line['id'] === id)
    }

    it('come before anything is linked', () => {
      expect(before).toEqual(['', '', '', ''])
      expect(new Set(linesOf(listed).map(({ key }) => key))).toEqual(new Set(NAMES.map((name) => sent[name].key)))
    })

    it('fail while clamd is not reachable, and the files still wait', () => {
      expect(unreachable).toMatchObject({ code: 1, stderr: expect.stringContaining('clamd is not reachable') })
    })

    it('have a clean file linked', async () => {
      const { id } = sent['clean.csv']
      expect(resultOf(sent['clean.csv'])).toMatchObject({ result: 'clean' })
      await edition.uplink.waitFor(id, 'linked')
      const file = await fetch(String(await urlOf(sent['clean.csv'])))
      expect(await file.text()).toBe(FILES['clean.csv'])
    })

    it('have an infected file withdrawn, and its bytes removed', async () => {
      const { id, key, resource } = sent['infected.txt']
      expect(resultOf(sent['infected.txt'])).toMatchObject({
        result: 'infected',
        found: expect.stringContaining('Eicar'),
      })
      await expect(edition.uplink.waitFor(id, 'linked')).rejects.toThrow(/ClamAV found Eicar-Test-Signature/u)
      expect(await edition.uplink.show(id)).toMatchObject({ state: 'withdrawn', code: 'infected' })
      expect(await urlOf(sent['infected.txt'])).toBe('')
      await expect.poll(() => edition.store.head(key)).toBeUndefined()
      const path = `resource/${resource}/download/${id}/0123456789abcdef/infected.txt`
      expect((await fetch(`${edition.local.gateway}/${path}`)).status).toBe(410)
      expect(await edition.operate(`scan accept ${id} --reason "Checked by hand."`)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('ClamAV found Eicar-Test-Signature'),
      })
    })

    it('have a file parked that clamd would scan only in part', async () => {
      const reason = expect.stringContaining('MaxFileSize')
      expect(resultOf(sent['partial.csv'])).toMatchObject({ result: 'unscannable', reason })
      await expect(edition.uplink.waitFor(sent['partial.csv'].id, 'linked')).rejects.toThrow(/could not scan the file/u)
      expect(await urlOf(sent['partial.csv'])).toBe('')
    })

    it('have a file parked that is too large for clamd, until an operator accepts it', async () => {
      const { id } = sent['large.csv']
      expect(resultOf(sent['large.csv'])).toMatchObject({
        result: 'unscannable',
        reason: expect.stringContaining('StreamMaxLength'),
      })
      await expect(edition.uplink.waitFor(id, 'linked')).rejects.toThrow(/ClamAV could not scan the file/u)
      expect(await edition.operate(`scan accept ${id} --reason "Checked by hand."`)).toMatchObject({ code: 0 })
      await expect.poll(async () => (await edition.uplink.show(id)).state).toBe('linked')
      expect(await urlOf(sent['large.csv'])).toContain('/large.csv')
      const calls = () => collect(edition.store.list(`${DEFAULT_KEY_PREFIX}uplink-calls/${id}`))
      await expect.poll(calls).toEqual([])
      expect(linesOf(await edition.operate('scan list --json'))).toEqual([])
    })
  })
}
