/**
 * What web pages of all origins may read of the bucket, and see of the answer. A signed URL is its own credential, and
 * after the gateway's redirect browsers send the origin `null`.
 */
export const READER_CORS = {
  origins: ['*'],
  methods: ['GET', 'HEAD'],
  headers: ['if-none-match', 'if-range', 'range'],
  exposed: ['Accept-Ranges', 'Content-Disposition', 'Content-Length', 'Content-Range', 'ETag'],
  maxAgeSeconds: 3600,
} as const
