import { bundleForNode } from '../bundle-node.ts'
import type { Bundle } from '../cloud.ts'
import { AWS_FUNCTIONS } from './names.ts'

export const bundles: readonly Bundle[] = AWS_FUNCTIONS.map((name) => ({
  folder: `aws/${name}`,
  maxBytes: 600_000,
  files: async () => ({ 'index.mjs': await bundleForNode(`@ckan-uplink/aws/${name}`) }),
}))
