import { CONSUMER } from '@ckan-uplink/cloudflare'
import type { Cloud } from '../cloud.ts'
import { askTool } from '../new-entry.ts'
import { pulumiCommand } from '../pulumi-command.ts'
import { readPulumiStack } from '../pulumi-stack.ts'
import { checkCloudflare } from './check.ts'
import { CLOUDFLARE_FIELDS, type CloudflareEnvironment } from './entry.ts'
import { cloudflareNames } from './names.ts'

export const cloudflare: Cloud<CloudflareEnvironment> = {
  label: 'Cloudflare',
  fields: CLOUDFLARE_FIELDS,
  check: checkCloudflare,
  owned(name, environment) {
    const { accountId, bucket } = environment
    const { queue } = cloudflareNames(name, environment)
    return { bucket: `${bucket} of account ${accountId}`, queue: `${queue} of account ${accountId}` }
  },
  command: pulumiCommand,
  async storeSecret(name, _environment, secret, value) {
    const { storeCloudflareSecret } = await import('./store-secret.ts')
    await storeCloudflareSecret(name, secret, value)
    return `Commit Pulumi.${name}.yaml, then: npm run deploy -- ${name}`
  },
  newEntry: async () => (await import('./new-entry.ts')).newEntry,
  projects: ['cloudflare', 'pulumi'],
  bundles: async () => (await import('./bundles.ts')).bundles,
  async beforeDeploy(name, environment, client, env) {
    const { cloudflareBeforeDeploy } = await import('@ckan-uplink/operations/clouds/cloudflare')
    const { accountId, bucket, adopt, zone, ckanToken } = environment
    const { gateway, linker, queue, deadLetterQueue } = cloudflareNames(name, environment)
    const { CLOUDFLARE_API_TOKEN: token = '', CLOUDFLARE_API_BASE_URL: base } = env
    const plan = {
      environment: name,
      ...{ accountId, bucket, queue, deadLetterQueue, workers: [gateway, linker] },
      isAdopted: adopt?.bucket === true,
      ...(adopt?.queueId && { adoptedQueue: adopt.queueId }),
      ...(zone && { zone }),
      secret: ckanToken.secret,
      readSecret: () => askTool('pulumi', 'config', 'get', ckanToken.secret, '--stack', name),
      readStack: () => readPulumiStack(name),
    }
    return cloudflareBeforeDeploy(plan, { apiUrl: base || 'https://api.cloudflare.com/client/v4', token }, client)
  },
  async openLogs(name, environment, options) {
    const { openCloudflareLogs } = await import('@ckan-uplink/operations/clouds/cloudflare')
    const { gateway, linker } = cloudflareNames(name, environment)
    return openCloudflareLogs({ accountId: environment.accountId, gateway, linker }, options)
  },
  async open(name, environment, options) {
    const { openCloudflare } = await import('@ckan-uplink/operations/clouds/cloudflare')
    const { linker, queue, deadLetterQueue, webhooksDeadLetterQueue } = cloudflareNames(name, environment)
    const queues = { queue, deadLetterQueue, lostEventsQueue: webhooksDeadLetterQueue }
    const { accountId } = environment
    return openCloudflare({ accountId, linker, ...queues, maxRetries: CONSUMER.maxRetries }, options)
  },
}
