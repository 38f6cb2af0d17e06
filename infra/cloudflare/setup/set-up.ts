import { cloudflareNames } from '../names.ts'
import { hasWebhooks } from '../worker.ts'
import { setUpBucket } from './set-up-bucket.ts'
import { setUpNotifications, setUpPulling, setUpQueues } from './set-up-queues.ts'
import { secretsOf, setUpSigning } from './set-up-signing.ts'
import { setUpZone } from './set-up-zone.ts'
import type { Step } from './setup-tools.ts'

/**
 * Makes what the Pulumi program makes, with Wrangler for the Workers. A second run changes what differs from the entry
 * and makes nothing twice. Returns the commands that are left for the operator.
 */
export async function setUp(step: Step): Promise<readonly string[]> {
  await setUpBucket(step)
  const queues = await setUpQueues(step)
  // An older gateway does not know the URLs that a newer linker writes.
  await step.tools.deploy('gateway')
  await setUpSigning(step, false)
  await step.tools.deploy('linker')
  await setUpPulling(step, queues)
  // Last, so that no message waits for a linker that does not exist.
  await setUpNotifications(step, queues)
  await setUpZone(step)
  return missingSecrets(step)
}

/** Gives the gateway another token that signs URLs. Returns the commands that are left for the operator: none. */
export async function renewToken(step: Step): Promise<readonly string[]> {
  await setUpSigning(step, true)
  return []
}

async function missingSecrets(step: Step): Promise<readonly string[]> {
  const { name, environment } = step
  const { gateway, linker } = cloudflareNames(name, environment)
  const [ofGateway, ofLinker] = [await secretsOf(step, gateway), await secretsOf(step, linker)]
  const put = (worker: string, secret: string) => `npm run wrangler -- ${name} ${worker} secret put ${secret}`
  return [
    ...(ofLinker.includes('CKAN_API_TOKEN') ? [] : [put('linker', 'CKAN_API_TOKEN')]),
    ...(!hasWebhooks(environment) || ofLinker.includes('WEBHOOK_SECRETS') ? [] : [put('linker', 'WEBHOOK_SECRETS')]),
    ...(environment.grantSecret === undefined || ofGateway.includes('GRANT_SECRETS')
      ? []
      : [put('gateway', 'GRANT_SECRETS')]),
  ]
}
