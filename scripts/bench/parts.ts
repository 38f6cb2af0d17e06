import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMultipartSigner } from '@ckan-uplink/cloudflare'
import { systemClock as clock } from '@ckan-uplink/core'
import { MIB } from '@ckan-uplink/core/support'
import { choosePorts, type LocalHandle, openLocalFolder, startLocal } from '@ckan-uplink/local'

const SIZE = 1024 * MIB
const AT_ONCE = 4
const ROUNDS = 3

export interface PartFigures {
  readonly straight_seconds: number
  readonly ours_seconds: number
  readonly ratio: number
}

interface SignedPart {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

const UNLIMITED = { REQUESTS_PER_MINUTE: '1000000' }

/**
 * Uploads 1 GiB in parts through the gateway of the local edition, and the same bytes straight to the storage's S3
 * endpoint, alternately. Returns the median of each.
 */
export async function measureParts(): Promise<PartFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-bench-'))
  const local = await startLocal({ folder, ports: await choosePorts('0'), settings: UNLIMITED })
  try {
    const part = Buffer.alloc(16 * MIB, 'a,b,c\n1,2,3\n')
    const straight: number[] = []
    const ours: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      straight.push(await timed(() => uploadStraight(local, folder, part)))
      ours.push(await timed(() => uploadByGateway(local, part)))
    }
    const [straightMedian, oursMedian] = [median(straight), median(ours)]
    return {
      straight_seconds: round(straightMedian),
      ours_seconds: round(oursMedian),
      ratio: round(oursMedian / straightMedian),
    }
  } finally {
    await local.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function uploadStraight({ storage }: LocalHandle, folder: string, part: Buffer): Promise<void> {
  const credentials = await (await openLocalFolder(folder)).credentials()
  const signer = createMultipartSigner({
    endpoint: `${storage}/cdn-cgi/local/r2/s3`,
    bucket: 'ckan-uplink',
    ...credentials,
    clock,
  })
  const key = `bench/${crypto.randomUUID()}`
  const id = await signer.begin({ key })
  await putAll(part, (partNumber) =>
    signer.signPart({ key, id, partNumber, size: part.length, expiresInSeconds: 3600 }),
  )
  if ((await signer.complete({ key, id })) === undefined) throw new Error('The store does not know the upload.')
}

async function uploadByGateway({ gateway, tokens, resources }: LocalHandle, part: Buffer): Promise<void> {
  const act = async (action: string, fields: object) => {
    const headers = { Authorization: tokens?.editor ?? '', 'Content-Type': 'application/json' }
    const response = await fetch(`${gateway}/api/3/action/${action}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(fields),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${action} was answered with ${response.status}: ${text}`)
    return JSON.parse(text).result
  }
  const { upload } = await act('resource_upload', {
    id: resources?.[0],
    name: 'large.csv',
    size: SIZE,
    multipart: true,
  })
  if (upload.part_size !== part.length) throw new Error(`The gateway wants parts of ${upload.part_size} bytes.`)
  const numbers = Array.from({ length: upload.part_count }, (_, index) => index + 1)
  const { parts } = await act('upload_sign_parts', { id: upload.id, part_numbers: numbers })
  await putAll(part, (partNumber) => parts[partNumber - 1])
  await act('upload_complete', { id: upload.id })
}

async function putAll(part: Buffer, sign: (partNumber: number) => SignedPart | Promise<SignedPart>): Promise<void> {
  let next = 1
  const lane = async () => {
    for (let partNumber = next++; partNumber <= SIZE / part.length; partNumber = next++) {
      const { url, headers } = await sign(partNumber)
      const response = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(part) })
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`Part ${partNumber} was answered with ${response.status}.`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

async function timed(run: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
