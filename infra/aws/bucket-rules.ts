/** What a bucket tells of: every way an object comes to be. */
export const CREATED = 's3:ObjectCreated:*'

/** What a browser may do and send, and see of the answer. */
export const CORS = {
  methods: ['PUT', 'GET', 'HEAD'],
  headers: ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256'],
  exposed: ['ETag'],
  maxAgeSeconds: 3600,
} as const

/**
 * Earlier versions, where the bucket keeps them, and the markers of removed objects that have no version left. The rule stays when
 * versions are switched off again, since S3 then keeps those that there are.
 */
export const REMOVED = { id: 'expire-removed-objects', days: 7 } as const

/** What pages of every origin may read after the public host's redirect, which browsers follow with the origin `null`. */
export const PUBLIC_CORS = {
  methods: ['GET', 'HEAD'],
  headers: ['if-none-match', 'if-range', 'range'],
  exposed: ['Accept-Ranges', 'Content-Length', 'Content-Range', 'ETag'],
  maxAgeSeconds: 3600,
} as const

/** Parts of uploads that nobody finished. */
export const UNFINISHED = { id: 'abort-unfinished-uploads', days: 7 } as const
