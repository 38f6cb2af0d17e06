import { describe, expect, it } from 'vitest'
import { link, UnavailableError } from '../../src/index.ts'
import { type Bench, createBench, keyOf, OTHER, RESOURCE, urlOf } from '../support/fixtures.ts'
import { CKAN_TIME, resourceOf } from '../support/table-catalog.ts'

const PDF = { bytes: '%PDF-1.7', etag: 'one' }
const FIRST = keyOf(1, RESOURCE, 'map.pdf')
const LONG_AGO = '2026-03-04T04:00:00'
const JUST_NOW = CKAN_TIME.toISOString().slice(0, 19)

function views(bench: Bench): readonly string[] {
  return bench.catalog.calls.filter((call) => call.startsWith('createViews'))
}

/** A resource that shows a file of this format, and the event of a PDF for it. */
function replacing(format: string) {
  const url = `https://example.org/old.${format.toLowerCase()}`
  const bench = createBench({ resources: [resourceOf(RESOURCE, { url, format })] })
  return { bench, event: bench.upload(FIRST, { record: { previous_url: url }, content: PDF }) }
}

describe("CKAN's default views", () => {
  it('are created once, after CKAN shows the first file of a resource, and for this resource alone', async () => {
    const bench = createBench({
      resources: [resourceOf(RESOURCE), resourceOf(OTHER, { url: 'https://example.org/page' })],
    })
    const event = bench.upload(FIRST, { content: PDF })
    expect(await link(bench, [event, event])).toMatchObject([{ kind: 'linked' }, { kind: 'linked' }])
    expect(await link(bench, [event])).toEqual([{ kind: 'unchanged' }])
    expect(views(bench)).toEqual([`createViews ${RESOURCE} PDF`])
    expect(bench.catalog.calls.slice(0, 3).map((call) => call.split(' ')[0])).toEqual([
      'readDataset',
      'revise',
      'createViews',
    ])
  })

  it('are created when a file changes the format', async () => {
    const { bench, event } = replacing('PNG')
    await link(bench, [event])
    expect(views(bench)).toEqual([`createViews ${RESOURCE} PDF`])
  })

  it('do not come back with a new file of the same format, because a person may have deleted them', async () => {
    const { bench, event } = replacing('PDF')
    expect(await link(bench, [event])).toMatchObject([{ kind: 'linked' }])
    expect(views(bench)).toEqual([])
  })

  it('are left to the loader for tables', async () => {
    const bench = createBench()
    await link(bench, [bench.upload(keyOf(1))])
    expect(views(bench)).toEqual([])
  })

  it('are not created if the setting says so', async () => {
    const bench = createBench({ settings: { defaultViews: false } })
    await link(bench, [bench.upload(FIRST, { content: PDF })])
    expect(views(bench)).toEqual([])
  })

  it('that CKAN does not create leave the file linked', async () => {
    const bench = createBench()
    bench.catalog.override.createViews = () => {
      throw new UnavailableError('CKAN is away.')
    }
    expect(await link(bench, [bench.upload(FIRST, { content: PDF })])).toMatchObject([{ kind: 'linked' }])
    expect(bench.record(FIRST)).toMatchObject({ state: 'linked' })
    expect(bench.lines).toContainEqual({ level: 'warn', fields: { resource: RESOURCE, reason: 'CKAN is away.' } })
  })

  it('are created although the answer to the write was lost', async () => {
    const bench = createBench()
    bench.catalog.override.afterRevise = () => {
      bench.catalog.override.afterRevise = () => undefined
      throw new UnavailableError('The answer was lost.')
    }
    bench.catalog.override.dataset = { readAt: new Date('2026-03-04T05:00:00.000Z') }
    expect(await link(bench, [bench.upload(FIRST, { content: PDF })])).toMatchObject([{ kind: 'linked' }])
    expect(views(bench)).toEqual([`createViews ${RESOURCE} PDF`])
  })

  it.each([
    ['are created by the next delivery after a linker ended before it wrote the record', LONG_AGO, 1],
    ['are left to a linker that may still be at work', JUST_NOW, 0],
  ])('%s', async (_, lastModified, count) => {
    const bench = createBench()
    const event = bench.upload(FIRST, { content: PDF })
    bench.catalog.set(RESOURCE, { url: await urlOf(FIRST, PDF.etag), format: 'PDF', lastModified })
    expect(await link(bench, [event])).toEqual([{ kind: 'unchanged' }])
    expect(views(bench)).toHaveLength(count)
  })
})
