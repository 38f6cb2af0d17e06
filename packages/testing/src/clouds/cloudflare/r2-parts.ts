import type { S3Request } from './r2-notification.ts'

interface Part {
  readonly size: number
  readonly etag: string
}

/** What a request was answered with, when it succeeded. */
interface S3Answer {
  /** Bytes of the request's body. */
  readonly sentBytes: number
  readonly etag?: string | undefined
  readonly body?: string | undefined
}

/** The parts of uploads that aren't complete, as requests that went by have made them. */
export interface R2Parts {
  note(request: S3Request, answer: S3Answer): void
  /** The answer to a request for an upload's parts; `undefined` for any other request. */
  list(request: S3Request): { readonly status: number; readonly body: string } | undefined
}

const PAGE = 1_000

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export function createR2Parts(): R2Parts {
  const uploads = new Map<string, Map<number, Part>>()
  return {
    note(request, { sentBytes, etag = '', body = '' }) {
      const { method, query } = request
      const begun = isBegin(request) ? /<UploadId>([^<]+)</u.exec(body)?.[1] : undefined
      if (begun !== undefined) uploads.set(nameOf(request, begun), new Map())
      const id = query.get('uploadId')
      if (id === null) return
      if (method === 'PUT')
        uploads.get(nameOf(request, id))?.set(Number(query.get('partNumber')), { size: sentBytes, etag })
      if (method === 'POST' || method === 'DELETE') uploads.delete(nameOf(request, id))
    },

    list(request) {
      const { method, query } = request
      const id = query.get('uploadId')
      if (method !== 'GET' || id === null) return undefined
      const parts = uploads.get(nameOf(request, id))
      if (parts === undefined)
        return {
          status: 404,
          body: '<Error><Code>NoSuchUpload</Code><Message>The specified multipart upload does not exist.</Message></Error>',
        }
      return { status: 200, body: toXml(parts, Number(query.get('part-number-marker') ?? 0)) }
    },
  }
}

/** Whether the request begins an upload, so that its answer has the id. */
export function isBegin({ method, query }: S3Request): boolean {
  return method === 'POST' && query.has('uploads')
}

function nameOf({ bucket, key }: S3Request, uploadId: string): string {
  return [bucket, uploadId, key].join('/')
}

function toXml(parts: ReadonlyMap<number, Part>, marker: number): string {
  const rest = [...parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b)
  const page = rest.slice(0, PAGE)
  const items = page.map(
    ([number, { size, etag }]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag><Size>${size}</Size></Part>`,
  )
  const next = `<NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`
  return `<ListPartsResult><IsTruncated>${rest.length > PAGE}</IsTruncated>${next}${items.join('')}</ListPartsResult>`
}
