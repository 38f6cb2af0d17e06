import { READER_CORS } from '../reader-cors.ts'

/** The events with notifications: every way to create an object. */
export const CREATED = 's3:ObjectCreated:*'

/** Pages of some origins may upload. */
const UPLOAD_CORS = {
  methods: ['PUT'],
  headers: ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256'],
  exposed: ['ETag'],
  maxAgeSeconds: 3600,
} as const

/**
 * Removes earlier versions, and the markers of removed objects without versions. The rule stays when versioning is
 * switched off, because S3 then keeps the existing versions.
 */
export const REMOVED = { id: 'expire-removed-objects', days: 7 } as const

/** Removes parts of unfinished uploads. */
export const UNFINISHED = { id: 'abort-unfinished-uploads', days: 7 } as const

export interface CorsRule {
  readonly id: string
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: readonly string[]
  readonly maxAgeSeconds: number
}

/** The bucket's CORS rules for uploads from these origins. S3 takes the first that fits. */
export function corsRulesFor(origins: readonly string[]): readonly CorsRule[] {
  const uploads = { id: 'uploads', origins, ...UPLOAD_CORS }
  return [...(origins.length === 0 ? [] : [uploads]), { id: 'readers', ...READER_CORS }]
}
