import type { Bundle } from '../cloud.ts'
import { packageFunction } from './bundle-function.ts'
import { AWS_FUNCTIONS } from './names.ts'

/** The size decides the time of a cold start. The AWS SDK is three fifths of it. The gateway also copies in parts. */
const MAX_BYTES = 610_000

export const bundles: readonly Bundle[] = AWS_FUNCTIONS.map((name) => ({
  folder: `aws/${name}`,
  maxBytes: MAX_BYTES,
  files: () => packageFunction(name),
}))
