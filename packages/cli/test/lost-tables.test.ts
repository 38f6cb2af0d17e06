import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { type Asked, startSite } from '../../client/test/scripted-site.ts'
import { linesOf, runCli } from './support/cli.ts'

interface Ckan {
  isActive: boolean
  /** How many loads that ignore the hash this CKAN needs until it shows the table. */
  needs: number
  readonly submitted: unknown[]
}

/** A CKAN whose xloader has loaded a table, and which may have lost the mark of it. */
function answer(ckan: Ckan, { url, text }: Asked) {
  const ok = (result: unknown) => ({ json: { success: true, result } })
  if (url.includes('/resource_show')) return ok({ id: 'table', url: 'x.csv', datastore_active: ckan.isActive })
  if (url.includes('/xloader_status')) return ok({ status: 'complete', last_updated: '2026-01-01T00:00:00' })
  const params = JSON.parse(text)
  ckan.submitted.push(params)
  if (params.ignore_hash === true) ckan.needs -= 1
  ckan.isActive ||= ckan.needs === 0
  return ok(true)
}

async function load(ckan: Ckan, ...args: readonly string[]) {
  const { url } = await startSite((asked) => answer(ckan, asked))
  const env = { CKAN_UPLINK_GATEWAY: url, CKAN_API_TOKEN: 'token' }
  return runCli(['load', 'table', '--json', ...args], { cwd: tmpdir(), env })
}

describe('ckan-uplink load', () => {
  it('lets the loader skip a file that has not changed and whose table CKAN shows', async () => {
    const ckan: Ckan = { isActive: true, needs: 0, submitted: [] }
    const { code, stdout } = await load(ckan, '--wait')
    expect([code, linesOf(stdout)]).toEqual([0, [{ resource: 'table', state: 'loaded' }]])
    expect(ckan.submitted).toEqual([{ resource_id: 'table' }])
  })

  it('loads a file again whose table CKAN does not show, though the loader says complete', async () => {
    const ckan: Ckan = { isActive: false, needs: 1, submitted: [] }
    const { code, stdout } = await load(ckan)
    expect([code, linesOf(stdout)]).toEqual([0, [{ resource: 'table', state: 'submitted' }]])
    expect(ckan.submitted).toEqual([{ resource_id: 'table', ignore_hash: true }])
  })

  it('loads it once more if CKAN loses the table again, and says so if that does not help', async () => {
    const unlucky: Ckan = { isActive: false, needs: 2, submitted: [] }
    expect((await load(unlucky, '--wait')).code).toBe(0)
    const hopeless: Ckan = { isActive: false, needs: 9, submitted: [] }
    const { code, stdout } = await load(hopeless, '--wait')
    expect([code, linesOf(stdout)]).toMatchObject([1, [{ state: 'lost', reason: expect.stringContaining('no table') }]])
    expect(hopeless.submitted.length).toBe(2)
  })
})
