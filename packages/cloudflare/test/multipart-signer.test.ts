import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { UnavailableError } from '@ckan-uplink/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMultipartSigner } from '../src/index.ts'

interface Asked {
  readonly method: string | undefined
  readonly query: URLSearchParams
  readonly body: string
}

const UPLOAD = { key: 'resources/api_uploads/a/b/c.csv', id: 'upload-1' }

let server: Server
let asked: Asked[]
let answers: { readonly status?: number; readonly body: string }[]

/** R2 with scripted answers. The last answer repeats. */
beforeEach(async () => {
  asked = []
  server = createServer(async (request, response) => {
    asked.push({
      method: request.method,
      query: new URL(request.url ?? '', 'http://r2').searchParams,
      body: await text(request),
    })
    const { status = 200, body } = answers[asked.length - 1] ?? answers.at(-1) ?? { body: '' }
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => server.close())

function signer() {
  const address = server.address()
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const clock = { now: () => new Date('2026-11-22T10:20:30.999Z'), sleep: async () => {} }
  return createMultipartSigner({
    endpoint,
    bucket: 'open-data',
    accessKeyId: 'id',
    secretAccessKey: 'very-secret',
    clock,
  })
}

function page(numbers: readonly number[], isTruncated: boolean): { readonly body: string } {
  const parts = numbers.map(
    (number) =>
      `<Part><ETag>&quot;e${number}&quot;</ETag><PartNumber>${number}</PartNumber><Size>${number * 10}</Size></Part>`,
  )
  return {
    body: `<?xml version="1.0"?><ListPartsResult><IsTruncated>${isTruncated}</IsTruncated>${parts.join('')}</ListPartsResult>`,
  }
}

describe('createMultipartSigner', () => {
  it('completes with the parts of all pages and their listed ETags', async () => {
    answers = [
      page([1, 2], true),
      page([3], false),
      { body: '<CompleteMultipartUploadResult><ETag>&quot;whole-3&quot;</ETag></CompleteMultipartUploadResult>' },
    ]
    expect(await signer().complete(UPLOAD)).toEqual({ etag: 'whole-3' })
    expect(asked.map(({ method, query }) => [method, query.get('part-number-marker')])).toEqual([
      ['GET', null],
      ['GET', '2'],
      ['POST', null],
    ])
    for (const number of [1, 2, 3])
      expect(asked[2]?.body).toContain(
        `<Part><PartNumber>${number}</PartNumber><ETag>&quot;e${number}&quot;</ETag></Part>`,
      )
  })

  it('stops when a page brings no new part', async () => {
    answers = [page([1], true)]
    await signer().listParts(UPLOAD)
    expect(asked).toHaveLength(2)
  })

  it('does not take an error with status 200 for success', async () => {
    answers = [
      page([1], false),
      {
        body: '<?xml version="1.0"?>  <Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>',
      },
    ]
    await expect(signer().complete(UPLOAD)).rejects.toThrow(
      'R2 could not complete "resources/api_uploads/a/b/c.csv": 200 InternalError. Try again later.',
    )
  })

  it.each([
    ['a refusal', { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }, '403 AccessDenied'],
    [
      'a bucket that is not there',
      { status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' },
      '404 NoSuchBucket',
    ],
    ["a proxy's page", { status: 502, body: '<html>Bad gateway</html>' }, '502 without an S3 error'],
    ['a page of something else', { body: '<html>Welcome</html>' }, 'its answer has no'],
    ['nothing', { body: '' }, 'its answer has no'],
  ])('reports %s in every call', async (_, answer, words) => {
    answers = [answer]
    for (const call of [
      () => signer().begin({ key: UPLOAD.key }),
      () => signer().listParts(UPLOAD),
      () => signer().complete(UPLOAD),
    ]) {
      const thrown: unknown = await call().catch((error: unknown) => error)
      expect(thrown).toBeInstanceOf(UnavailableError)
      expect(String(thrown)).toContain(words)
      expect(String(thrown)).not.toMatch(/secret|Signature/u)
    }
  })

  it('fails when R2 is unreachable', async () => {
    const { abort } = signer()
    await new Promise((resolve) => server.close(resolve))
    await expect(abort(UPLOAD)).rejects.toThrow(UnavailableError)
  })
})
