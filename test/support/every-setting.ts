/** Every setting that is the same on all clouds, each with another value than its default; addresses apart. */
export const everySetting = {
  keyPrefix: 'uploads/open/',
  maxUploadBytes: 1_000_000,
  multipartAboveBytes: 500_000,
  allowedTypes: ['text/csv', 'application/json'],
  maxVerifyBytes: 2_000_000,
  maxImageBytes: 300_000,
  maxImageSide: 1_024,
  allowSvg: true,
  urlExpiresInSeconds: 600,
  requireUploadRecord: true,
  ckanTimeoutMs: 5_000,
  storeConcurrency: 3,
  loader: 'xloader',
  removeReplacedAfterDays: 90,
  passThrough: false,
  allowedOrigins: ['https://ckan.example.org', 'https://apps.example.org'],
} as const
