import { READER_CORS } from '../reader-cors.ts'

/** What a bucket tells of: every way an object comes to be. */
export const CREATED = 's3:ObjectCreated:*'

/** What pages of the allowed origins may upload. */
const UPLOAD_CORS = {
  methods: ['PUT'],
  headers: ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256'],
  exposed: ['ETag'],
  maxAgeSeconds: 3600,
} as const

/**
 * Earlier versions, where the bucket keeps them, and the markers of removed objects that have no version left. The rule stays when
 * versions are switched off again, since S3 then keeps those that there are.
 */
export const REMOVED = { id: 'expire-removed-objects', days: 7 } as const

/** Parts of uploads that nobody finished. */
export const UNFINISHED = { id: 'abort-unfinished-uploads', days: 7 } as const

export interface CorsRule {
  readonly id: string
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: readonly string[]
  readonly maxAgeSeconds: number
}

/** The bucket's CORS rules. S3 takes the first that fits. */
export function corsRulesFor(allowedOrigins: readonly string[] = []): readonly CorsRule[] {
  const uploads = { id: 'uploads', origins: allowedOrigins, ...UPLOAD_CORS }
  return [...(allowedOrigins.length === 0 ? [] : [uploads]), { id: 'readers', ...READER_CORS }]
}
