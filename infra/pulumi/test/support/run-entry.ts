import { createRequire } from 'node:module'
import * as pulumi from '@pulumi/pulumi'

/** `node run-entry.ts <stack>` runs the entry on Pulumi's mocks, and prints its outputs and the loaded packages. */
const [, , stack = ''] = process.argv
const answers = { value: 'token', identity: { principalId: 'principal' } }
await pulumi.runtime.setMocks(
  {
    newResource: ({ inputs, name }) => ({
      id: `${name}-id`,
      state: { name: inputs['containerName'] ?? inputs['eventSubscriptionName'], ...inputs, ...answers },
    }),
    call: () => ({ id: 'found' }),
  },
  'ckan-uplink',
  stack,
)
pulumi.runtime.setAllConfig({ 'ckan-uplink:ckanToken': 'token' })
const { gatewayUrl, bucket, queue, deadLetterQueue, version } = await import('../../index.ts')
const outputs = await new Promise((resolve) =>
  pulumi.output({ gatewayUrl, bucket, queue, deadLetterQueue, version }).apply(resolve),
)
const files = Object.keys(createRequire(import.meta.url).cache)
const packages = new Set(files.flatMap((file) => /infra\/\w+\/node_modules\/@pulumi\/[\w-]+/u.exec(file) ?? []))
console.log(JSON.stringify({ outputs, packages: [...packages] }))
