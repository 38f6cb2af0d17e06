import { createHash } from 'node:crypto'
import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import { READER_CORS } from '../reader-cors.ts'
import { uploadOrigins } from '../upload-origins.ts'
import type { CloudflareEnvironment } from './entry.ts'

const DAY_SECONDS = 86_400
/** R2 itself keeps unfinished uploads for this time. */
const UNFINISHED_DAYS = 7

/** The request headers of browsers, which may also read them in the answer. R2 does not accept `*`. */
const UPLOAD_HEADERS = ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256']

/** https://developers.cloudflare.com/r2/buckets/event-notifications/#event-types */
const CREATED = ['PutObject', 'CopyObject', 'CompleteMultipartUpload']

/**
 * `Workers R2 Storage Bucket Item Write`, which can also read:
 * https://developers.cloudflare.com/r2/api/tokens/#permission-groups
 */
const BUCKET_ITEM_WRITE = '2efd5506f9c8494dacb1fa10a3e7d5b6'

/** Pages of some origins upload, pages of all origins read. */
export function corsRules(environment: CloudflareEnvironment) {
  const { origins, methods, headers, exposed, maxAgeSeconds } = READER_CORS
  const uploads = {
    id: 'uploads',
    allowed: { origins: [...uploadOrigins(environment)], methods: ['PUT'], headers: UPLOAD_HEADERS },
    exposeHeaders: ['ETag'],
    maxAgeSeconds,
  }
  const readers = {
    id: 'readers',
    allowed: { origins: [...origins], methods: [...methods], headers: [...headers] },
    exposeHeaders: [...exposed],
    maxAgeSeconds,
  }
  return [uploads, readers]
}

export function lifecycleRules() {
  return [
    {
      id: 'abort-unfinished-uploads',
      enabled: true,
      conditions: { prefix: '' },
      abortMultipartUploadsTransition: { condition: { type: 'Age', maxAge: UNFINISHED_DAYS * DAY_SECONDS } },
    },
  ]
}

export function notificationRules(environment: CloudflareEnvironment) {
  return notifiedPrefixes(settingsOf(environment)).map((prefix) => ({ actions: CREATED, prefix }))
}

/** A token of the account for this bucket only. `resources` has the bucket, as the API writes it. */
export function signingToken(name: string, { accountId, bucket }: CloudflareEnvironment) {
  return {
    name: `ckan-uplink ${name} signs URLs`,
    effect: 'allow',
    permissionGroups: [{ id: BUCKET_ITEM_WRITE }],
    resources: { [`com.cloudflare.edge.r2.bucket.${accountId}_default_${bucket}`]: '*' },
  }
}

/**
 * The S3 credentials of a token are its id and the SHA-256 of its value:
 * https://developers.cloudflare.com/r2/api/tokens/#get-s3-api-credentials-from-an-api-token
 */
export function secretKeyOf(tokenValue: string): string {
  return createHash('sha256').update(tokenValue).digest('hex')
}

/** Cloudflare's own default, pinned: a path in another spelling must not bypass the rules and routes of its host. */
export const URL_NORMALIZATION = { type: 'cloudflare', scope: 'incoming' } as const

interface Watch {
  /** The resources' name in the stack. */
  readonly id: string
  readonly check: ReturnType<typeof healthCheck>
  /** The mails about the check with this id. */
  alarm<Id>(checkId: Id): ReturnType<typeof mails<Id>>
}

/** The health checks whose mails go to the addresses for alarms: https://developers.cloudflare.com/health-checks/ */
export function watchesOf(name: string, { gatewayUrl, alarmEmails = [] }: CloudflareEnvironment): readonly Watch[] {
  if (alarmEmails.length === 0) return []
  const { hostname } = new URL(gatewayUrl)
  return [
    {
      id: name,
      check: healthCheck(`ckan-uplink-${name}`, hostname, { path: '/readyz', interval: 60, consecutiveFails: 3 }),
      alarm: (checkId) => mails(`ckan-uplink ${name} is not ready`, alarmEmails, checkId, ['Unhealthy', 'Healthy']),
    },
    {
      id: `${name}-parked`,
      check: healthCheck(`ckan-uplink-${name}-parked`, hostname, {
        path: '/readyz/parked',
        interval: 300,
        consecutiveFails: 1,
      }),
      // No all-clear: the check succeeds once a day, so that it can fail and mail again.
      alarm: (checkId) => mails(`ckan-uplink ${name} has parked messages`, alarmEmails, checkId, ['Unhealthy']),
    },
  ]
}

function healthCheck(
  name: string,
  address: string,
  {
    path,
    interval,
    consecutiveFails,
  }: { readonly path: string; readonly interval: number; readonly consecutiveFails: number },
) {
  return {
    name,
    address,
    type: 'HTTPS',
    httpConfig: { method: 'GET', path, port: 443, expectedCodes: ['200'] },
    interval,
    timeout: 10,
    retries: 2,
    consecutiveFails,
  }
}

function mails<Id>(name: string, emails: readonly string[], checkId: Id, statuses: readonly string[]) {
  return {
    name,
    enabled: true,
    alertType: 'health_check_status_notification',
    filters: { healthCheckIds: [checkId], statuses: [...statuses] },
    mechanisms: { emails: emails.map((id) => ({ id })) },
  }
}
