/** What R2 puts on a queue: https://developers.cloudflare.com/r2/buckets/event-notifications/#message-format */
export interface R2Notification {
  readonly account: string
  readonly action: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload' | 'DeleteObject'
  readonly bucket: string
  /** Size and ETag are absent for a removed object. */
  readonly object: { readonly key: string; readonly size?: number; readonly eTag?: string }
  readonly eventTime: string
  readonly copySource?: { readonly bucket: string; readonly object: string }
}

/** A request to the S3 endpoint, its path taken apart. */
export interface S3Request {
  readonly method: string
  readonly bucket: string
  /** `''`: the request is about the bucket. */
  readonly key: string
  readonly query: URLSearchParams
  readonly copySource: string | undefined
}

const S3_PATH = /^\/cdn-cgi\/local\/r2\/s3\/([^/]+)\/(.*)$/su

/** `undefined` for a path that isn't the local S3 endpoint's. */
export function parseS3Request(method: string, url: string, copySource: string | undefined): S3Request | undefined {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const [, bucket, key] = S3_PATH.exec(pathname) ?? []
  if (bucket === undefined || key === undefined) return undefined
  return { method, bucket: decodeURIComponent(bucket), key: decodeURIComponent(key), query: searchParams, copySource }
}

/** The notification's action for a request that succeeded; `undefined` when R2 would notify of nothing. */
export function actionOf({ method, key, query, copySource }: S3Request): R2Notification['action'] | undefined {
  if (key === '') return undefined
  const uploadId = query.has('uploadId')
  if (method === 'PUT' && !uploadId) return copySource === undefined ? 'PutObject' : 'CopyObject'
  if (method === 'POST' && uploadId) return 'CompleteMultipartUpload'
  if (method === 'DELETE' && !uploadId) return 'DeleteObject'
  return undefined
}

/** The notification as R2 would word it, from the object's state after the request. */
export function notificationOf(
  request: S3Request,
  action: R2Notification['action'],
  object: { readonly size: number; readonly etag: string } | undefined,
): R2Notification {
  return {
    account: '00000000000000000000000000000000',
    action,
    bucket: request.bucket,
    object: { key: request.key, ...(action !== 'DeleteObject' && object && { size: object.size, eTag: object.etag }) },
    eventTime: new Date().toISOString(),
    ...(action === 'CopyObject' && { copySource: sourceOf(request.copySource ?? '') }),
  }
}

function sourceOf(header: string): { readonly bucket: string; readonly object: string } {
  const [bucket = '', ...key] = decodeURIComponent(header).replace(/^\//u, '').split('/')
  return { bucket, object: key.join('/') }
}
