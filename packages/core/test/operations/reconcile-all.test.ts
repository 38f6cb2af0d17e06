import { describe, expect, it } from 'vitest'
import { link, UnavailableError } from '../../src/index.ts'
import {
  type DatasetLister,
  type OperationDeps,
  type ReconcilePosition,
  readLostFiles,
  reconcile,
  reconcileAll,
} from '../../src/operations/index.ts'
import { DAY_MS } from '../../src/support/index.ts'
import { type Bench, createBench, createdEvent, keyOf, NOW, RESOURCE } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

const NOTE = 'uplink/reconcile.json'

/** Uploads whose events were lost, and a clock that advances at each look. */
function nightOf(count: number, seconds = 11): Bench & OperationDeps {
  const ids = Array.from({ length: count }, (_, index) => `resource-${String(index).padStart(4, '0')}`)
  const bench = createBench({ resources: ids.map((id) => resourceOf(id)) })
  for (const [index, id] of ids.entries()) bench.upload(keyOf(index + 1, id))
  let time = NOW.getTime()
  const now = () => {
    time += seconds * 1000
    return new Date(time)
  }
  return { ...bench, lister: createTableLister(bench.catalog), clock: { ...bench.clock, now } }
}

function counted({ lines }: Bench): unknown {
  return lines.at(-1)?.fields
}

describe('the run on a schedule', () => {
  it('links missed uploads, and logs its findings', async () => {
    const bench = nightOf(3)
    await link(bench, [createdEvent(keyOf(1, 'resource-0000'))])
    bench.store.place('resources/api_uploads/stray')
    bench.upload(keyOf(7, 'never-made'))
    await reconcileAll(bench)
    expect(counted(bench)).toEqual({ unchanged: 1, linked: 2, parked: 1, orphan: 1 })
    expect(bench.lines.map(({ level, fields }) => `${level} ${fields['outcome'] ?? ''}`)).toEqual([
      'info linked',
      'info linked',
      'error parked',
      'info ',
    ])
  })

  it('reminds of parked messages each night, with a line that matches the alarms', async () => {
    const bench = nightOf(0)
    await reconcileAll(bench)
    expect(bench.lines.filter(({ level }) => level === 'error')).toEqual([])
    await bench.store.put(`uplink/parked/${'0'.repeat(32)}.json`, new TextEncoder().encode('{}'))
    for (let night = 1; night <= 2; night += 1) {
      await reconcileAll(bench)
      const reminders = bench.lines.filter(({ level }) => level === 'error')
      expect(reminders.map(({ level, fields }) => [level, fields])).toEqual(
        Array.from({ length: night }, () => ['error', { outcome: 'parked', count: 1 }]),
      )
    }
  })

  it('removes events that are older than a day once webhooks are off', async () => {
    const bench = nightOf(0)
    const waiting = () => bench.store.keys('uplink/events/')
    bench.store.place('uplink/events/e1.json', { bytes: '{}', modifiedAt: new Date(NOW.getTime() - 2 * DAY_MS) })
    bench.store.place('uplink/events/e2.json', { bytes: '{}', modifiedAt: NOW })
    await reconcileAll({ ...bench, settings: { ...bench.settings, webhookUrls: ['https://hooks.example.org/'] } })
    expect(waiting()).toEqual(['uplink/events/e1.json', 'uplink/events/e2.json'])
    await reconcileAll(bench)
    expect(waiting()).toEqual(['uplink/events/e2.json'])
  })

  it('never parks objects of resources that are not in CKAN', async () => {
    const bench = nightOf(0)
    bench.upload(keyOf(1, 'never-made'))
    for (let night = 0; night < 2; night += 1) await reconcileAll(bench)
    expect(bench.parked()).toEqual([])
    expect(bench.lines.map(({ level }) => level)).toEqual(['info', 'info'])
  })

  it('warns about each missing object with only its place, without the token', async () => {
    const bench = nightOf(1)
    await link(bench, [createdEvent(keyOf(1, 'resource-0000'))])
    await bench.store.remove(createdEvent(keyOf(1, 'resource-0000')).key)
    await reconcileAll(bench)
    expect(bench.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { resourceId: 'resource-0000', key: createdEvent(keyOf(1, 'resource-0000')).key } },
    ])
    expect(counted(bench)).toEqual({ object_gone: 1 })
  })

  it('continues where the last run was interrupted, and starts again after the end', async () => {
    const bench = nightOf(250)
    let batches = 0
    bench.catalog.override.afterRevise = () => {
      batches += 1
      if (batches === 2) bench.store.broken.add(NOTE)
    }
    await expect(reconcileAll(bench)).rejects.toThrow('The store fails')
    bench.store.broken.clear()
    expect(bench.store.json(NOTE)).toMatchObject({
      position: { phase: 'files', after: createdEvent(keyOf(100, 'resource-0099')).key },
    })
    await reconcileAll(bench)
    expect(counted(bench)).toMatchObject({ unchanged: 100, linked: 50, continued_from: 'files' })
    expect(bench.store.json(NOTE)).toEqual({ version: 1 })
    await reconcileAll(bench)
    expect(counted(bench)).toEqual({ unchanged: 250 })
  })

  it('starts again after a continued run without progress, so that a failure there cannot hide the rest forever', async () => {
    const bench = nightOf(1)
    bench.store.place(NOTE, { bytes: JSON.stringify({ version: 1, position: { phase: 'datasets' } }) })
    const lister = {
      datasets: () => {
        throw new UnavailableError('CKAN is down.')
      },
    }
    await expect(reconcileAll({ ...bench, lister })).rejects.toThrow('CKAN is down')
    expect(bench.store.json(NOTE)).toEqual({ version: 1 })
    await expect(reconcileAll({ ...bench, lister })).rejects.toThrow('CKAN is down')
    expect(bench.catalog.resource('resource-0000').url).not.toBe('')
  })

  it('removes no file, and continues, when it cannot read all datasets within five minutes', async () => {
    const bench = nightOf(2)
    const removable = bench.upload(keyOf(1, 'resource-0000'), {
      record: { state: 'failed', previous_url: 'https://example.org/theirs.csv' },
    })
    bench.catalog.set('resource-0000', { url: 'https://example.org/mine.csv' })
    let time = NOW.getTime() + 30 * 86_400_000
    let listed = 0
    const lister: DatasetLister = {
      async *datasets({ complete } = {}) {
        for (const dataset of complete ? Array.from({ length: 60 }, (_, index) => index) : []) {
          time += 60_000
          listed += 1
          yield { id: `dataset-${dataset}`, state: 'active', private: false, resources: [], readAt: NOW }
        }
      },
    }
    await reconcileAll({ ...bench, lister, clock: { ...bench.clock, now: () => new Date(time) } })
    expect(listed).toBe(6)
    expect(bench.store.keys(removable.key)).toHaveLength(1)
    expect(bench.catalog.resource('resource-0001').url).not.toBe('')
    expect(bench.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { reason: expect.stringContaining('within 5 minutes') } },
    ])
  })

  it('looks again at objects that it found while CKAN was unreachable', async () => {
    const bench = nightOf(250)
    const isDown = () => {
      throw new UnavailableError('CKAN is down.')
    }
    bench.catalog.override.readDataset = isDown
    await expect(reconcileAll({ ...bench, lister: { datasets: isDown } })).rejects.toThrow('CKAN is down')
    delete bench.catalog.override.readDataset
    await reconcileAll(bench)
    expect(counted(bench)).toMatchObject({ linked: 250 })
  })

  it('notes the last file of each resource that has lost its URL, until the file is back', async () => {
    const bench = nightOf(2, 0)
    const events = [createdEvent(keyOf(1, 'resource-0000')), bench.upload(keyOf(3, 'resource-0000'))]
    for (const event of events) await link(bench, [event])
    await reconcileAll(bench)
    expect(await readLostFiles(bench.store)).toEqual(new Map())

    const { url } = bench.catalog.resource('resource-0000')
    bench.catalog.set('resource-0000', { url: '' })
    bench.catalog.set('resource-0001', { url: 'https://example.org/theirs.csv' })
    await reconcileAll(bench)
    expect(await readLostFiles(bench.store)).toEqual(new Map([['resource-0000', keyOf(3).uploadId]]))
    bench.catalog.set('resource-0000', { url })
    await reconcileAll(bench)
    expect(await readLostFiles(bench.store)).toEqual(new Map())
  })

  it('keeps what earlier nights of the same run found lost, of at most 20 resources', async () => {
    const bench = nightOf(30, 0)
    const ids = Array.from({ length: 30 }, (_, index) => `resource-${String(index).padStart(4, '0')}`)
    await reconcileAll(bench)
    for (const id of ids) bench.catalog.set(id, { url: '' })
    const position = { phase: 'files', after: createdEvent(keyOf(10, 'resource-0009')).key }
    bench.store.place(NOTE, { bytes: JSON.stringify({ version: 1, position, lost: { 'resource-0000': 'u' } }) })
    await reconcileAll(bench)
    const lost = await readLostFiles(bench.store)
    expect([lost.size, lost.get('resource-0000'), lost.has('resource-0010')]).toEqual([20, 'u', true])
  })

  it('warns about an unreadable record', async () => {
    const bench = nightOf(0)
    bench.store.place(`uplink/uploads/${keyOf(1).uploadId}.json`, { bytes: '{}' })
    await reconcileAll({ ...bench, clock: { ...bench.clock, now: () => new Date(NOW.getTime() + 2 * 86_400_000) } })
    expect(bench.lines.map(({ level, fields }) => [level, fields['uploadId']])).toEqual([
      ['warn', keyOf(1).uploadId],
      ['info', undefined],
    ])
  })

  it('ignores an unreadable note', async () => {
    for (const note of ['nonsense', '{}', '{"position":{"phase":"elsewhere"}}', '{"position":null}']) {
      const bench = nightOf(1)
      bench.store.place(NOTE, { bytes: note })
      await reconcileAll(bench)
      expect(counted(bench)).toEqual({ linked: 1 })
    }
  })

  it('writes no note when it ends at once', async () => {
    const bench = nightOf(3, 0)
    await reconcileAll(bench)
    expect(bench.store.keys(NOTE)).toEqual([])
  })

  it('fails when CKAN cannot be listed, and continues there the next time', async () => {
    const bench = nightOf(1)
    const lister = {
      datasets: () => {
        throw new UnavailableError('CKAN is down.')
      },
    }
    await expect(reconcileAll({ ...bench, lister })).rejects.toThrow('CKAN is down')
    expect(bench.catalog.resource('resource-0000').url).not.toBe('')
  })
})

describe('a position', () => {
  /** The keys that a run finds, with its position at each. */
  async function runFrom(after: ReconcilePosition | undefined) {
    const bench = createBench({ resources: [resourceOf(RESOURCE)] })
    for (const order of [1, 2, 3]) bench.upload(keyOf(order))
    bench.store.place('images/user/someone/x.png')
    const steps: { readonly key: string; readonly position: ReconcilePosition }[] = []
    for await (const { finding, position } of reconcile(bench, after ? { after } : {})) {
      if (finding?.kind === 'object')
        steps.push({ key: finding.event.key, position: JSON.parse(JSON.stringify(position)) })
    }
    return steps
  }

  it('lets a run continue after it, at any position', async () => {
    const steps = await runFrom(undefined)
    expect(steps).toHaveLength(4)
    for (const [index, { position }] of steps.entries()) {
      const left = steps.slice(index + 1).map(({ key }) => key)
      expect((await runFrom(position)).map(({ key }) => key)).toEqual(left)
    }
  })
})
