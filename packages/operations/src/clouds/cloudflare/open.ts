import { createDeadLetters, decode } from '@ckan-uplink/cloudflare'
import type { CloudAccess, CloudAccessOptions } from '../cloud-access.ts'
import { openR2 } from '../s3.ts'
import { createCloudflareApi } from './api.ts'
import { cloudflareChecks } from './checks.ts'
import type { CloudflareResources } from './deployment.ts'

export { cloudflareBeforeDeploy } from './before-deploy.ts'
export { openCloudflareLogs } from './logs.ts'

/** Opens R2 with an access key for the bucket, and queues and rules with an API token. */
export function openCloudflare(
  resources: CloudflareResources,
  { settings, needs, env }: CloudAccessOptions,
): CloudAccess {
  const { accountId, deadLetterQueue } = resources
  const credentials = {
    accessKeyId: needs.variable(
      'R2_ACCESS_KEY_ID',
      'the id of an R2 API token that reads and writes objects of the bucket',
    ),
    secretAccessKey: needs.variable('R2_SECRET_ACCESS_KEY', 'its secret access key'),
  }
  const token = needs.variable(
    'CLOUDFLARE_API_TOKEN',
    'an API token with Queues Read, Queues Write and Workers R2 Storage Read',
  )
  const endpoint = env['R2_S3_ENDPOINT'] || `https://${accountId}.r2.cloudflarestorage.com`
  const apiUrl = env['CLOUDFLARE_API_BASE_URL'] || 'https://api.cloudflare.com/client/v4'
  return {
    ...openR2(endpoint, settings.bucket, credentials),
    decode,
    deadLetters: createDeadLetters({ apiUrl, accountId, apiToken: token, queue: deadLetterQueue }),
    checks: cloudflareChecks({ ...resources, settings }, createCloudflareApi({ apiUrl, accountId, token })),
  }
}
