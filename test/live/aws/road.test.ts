import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MIB } from '@ckan-uplink/core/support'
import { buildKey, DEFAULT_KEY_PREFIX } from '@ckan-uplink/core/uploads'
import { startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REGION } from '../../../scripts/aws/ministack/ministack.ts'
import { restartCkan } from '../../../scripts/ckan/control.ts'
import { type CkanAccess, only } from '../../support/ckan-calls.ts'
import { type FilesSite, filesOptions, WITH_PLUGIN } from '../support/files-road.ts'
import { testFilestore } from '../support/filestore.ts'
import { inTurns } from '../support/in-turns.ts'
import { testPartsAndImages } from '../support/parts-and-images.ts'
import { liveSitesNamed } from '../support/sites.ts'
import { type AwsRoad, BUCKET, openAwsRoad } from './support/aws-road.ts'
import { STORAGE_CLIENTS } from './support/storage-clients.ts'

const CSV = '都市,人口\n東京,13960000\n大阪,8837685\n'

interface Before {
  readonly name: string
  readonly many: number
  /** Absent: it keeps no files in the bucket. */
  readonly files?: FilesSite
  start(): Promise<CkanAccess & { close?(): Promise<void> }>
}

const BEFORE: readonly Before[] = [
  { name: 'the CKAN stand-in', many: 500, start: () => startCkanStandIn() },
  ...liveSitesNamed('2.12').map((site) => ({
    name: `CKAN ${site.name}`,
    many: 100,
    files: WITH_PLUGIN,
    start: async () => site,
  })),
]

describe.each(BEFORE)('uploads through AWS to $name', ({ many, files, start }) => {
  let ckan: Awaited<ReturnType<Before['start']>>
  let road: AwsRoad
  beforeAll(async () => {
    ckan = await start()
    road = await openAwsRoad('plain', ckan)
  })
  afterAll(async () => {
    await (ckan?.close ?? road?.purge)?.()
    await road?.close()
  })

  it('uploads a file by curl, shows it in CKAN and serves the same bytes', async () => {
    const dataset = await road.newDataset([{ name: 'Cities', custom: 'theirs' }])
    const ticket = await road.upload(only(dataset), CSV, { name: '都市.csv' })
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked', entity: { dataset_id: dataset.id } })
    const resource = await road.resource(only(dataset))
    expect(resource).toMatchObject({
      name: 'Cities',
      custom: 'theirs',
      format: 'CSV',
      mimetype: 'text/csv',
      size: Buffer.byteLength(CSV),
    })
    expect(resource.url).toContain(`${road.outputs.gatewayUrl}/resource/${only(dataset)}/download/${ticket.id}/`)
    expect(await (await road.open(resource.url)).text()).toBe(CSV)
  })

  it('accepts a fully declared file once, and checks it', async () => {
    const resource = only(await road.newDataset())
    const declared = {
      name: 'cities.csv',
      size: Buffer.byteLength(CSV),
      mimetype: 'text/csv',
      hash: `sha256:${createHash('sha256').update(CSV).digest('hex')}`,
    }
    const ticket = await road.upload(resource, CSV, declared)
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked', linked: { checksum: declared.hash } })
    expect((await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: CSV })).status).toBe(412)
  })

  testPartsAndImages(
    () => road,
    () => ckan.tokens.admin,
  )

  testFilestore(() => ({ gateway: road.outputs.gatewayUrl, token: ckan.tokens.editor, open: road.open }))

  it.each(['two words.csv', 'plus+sign.csv', '100%.csv', '日本語 データ (1)+final.csv', 'été – naïve €.csv'])(
    'links %s and serves it',
    async (name) => {
      const resource = only(await road.newDataset())
      const ticket = await road.upload(resource, `name\n${name}\n`, { name })
      expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
      expect(await (await road.open((await road.resource(resource)).url)).text()).toBe(`name\n${name}\n`)
    },
  )

  it('links a file at a plain key, as older deployments wrote it', async () => {
    const resource = only(await road.newDataset([{ format: 'CSV' }]))
    await road.aws('s3', 'put_object', {
      Bucket: BUCKET,
      Key: buildKey(DEFAULT_KEY_PREFIX, { resourceId: resource }),
      Body: CSV,
    })
    await expect.poll(async () => (await road.resource(resource)).url).toContain(`/resource/${resource}/download/`)
  })

  it.each(STORAGE_CLIENTS)('links a file that $name uploads in several parts', async ({ put }) => {
    const resource = only(await road.newDataset())
    const ticket = await road.askForUrl(resource, { name: 'large.bin' })
    const file = join(road.folder, 'large.bin')
    const content = randomBytes(20 * MIB + 1)
    await writeFile(file, content)
    await put(road.emulator, file, BUCKET, ticket.key)
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked', linked: { size: content.length } })
    const { ETag } = await road.aws('s3', 'head_object', { Bucket: BUCKET, Key: ticket.key })
    expect(ETag, 'it arrived in parts').toMatch(/-\d+"$/u)
    const answer = await road.open((await road.resource(resource)).url)
    expect(content.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true)
  })

  it(`links ${many} simultaneous uploads into 10 datasets`, async () => {
    const datasets = await inTurns(
      4,
      Array.from({ length: 10 }, () => () => road.newDataset(many / 10)),
    )
    const resources = datasets.flatMap((dataset) => dataset.resources)
    const tickets = await inTurns(
      4,
      resources.map((id) => () => road.askForUrl(id, { name: 'figures.json' })),
    )
    const answers = await Promise.all(
      tickets.map(({ url }, index) => fetch(url, { method: 'PUT', body: `{"number": ${index}}` })),
    )
    expect(answers.filter(({ ok }) => !ok)).toEqual([])
    const urls = async () =>
      (await Promise.all(datasets.map(({ id }) => road.dataset(id)))).flatMap(({ resources }) =>
        resources.map(({ url }: { readonly url: string }) => url),
      )
    await expect.poll(async () => (await urls()).filter((url) => url !== ''), { interval: 1000 }).toHaveLength(many)
    expect((await urls()).map((url) => url.split('/').at(-3)).sort()).toEqual(tickets.map(({ id }) => id).sort())
    expect((await road.aws('sqs', 'receive_message', { QueueUrl: road.deadLetterQueueUrl })).Messages).toBeUndefined()
  })

  if (files)
    it('makes a file a file of CKAN, which reads the same bucket', async () => {
      const { AWS_ACCESS_KEY_ID: key = '', AWS_SECRET_ACCESS_KEY: secret = '' } = road.emulator.env
      const storage = { endpoint: road.emulator.url, bucket: BUCKET, key, secret, region: REGION }
      await Promise.all([
        restartCkan(files.name, filesOptions(files, storage)),
        road.redeploy({ filesStorage: 'uplink' }),
      ])
      try {
        const resource = only(await road.newDataset())
        const ticket = await road.upload(resource, CSV, { name: 'cities.csv' })
        await expect.poll(async () => (await road.record(ticket)).file?.step).toBe('given')
        const owner = { owner_type: 'resource', owner_id: resource }
        const { results } = (await road.ask('files_file_scan', owner)).body.result
        expect(results).toMatchObject([{ name: 'cities.csv', content_type: 'text/csv', pinned: true, ...owner }])
        const headers = { Authorization: ckan.tokens.editor }
        const shown = await fetch(`${ckan.url}/file/download/${results[0].id}`, { headers })
        expect([shown.status, await shown.text()]).toEqual([200, CSV])
      } finally {
        await restartCkan(files.name)
      }
    })
})
