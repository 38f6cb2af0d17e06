import { WEBHOOKS_QUEUE_SUFFIX } from '@ckan-uplink/cloudflare'
import type { CloudflareEnvironment } from './entry.ts'
import { cloudflareNames } from './names.ts'

const HEX_32 = /^[0-9a-f]{32}$/u
/**
 * https://developers.cloudflare.com/r2/buckets/create-buckets/: Pulumi's provider does not check names, so the request
 * would fail.
 */
const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/u
const QUEUE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/u

/** One sentence for each value that Cloudflare would refuse, and for each contradiction. */
export function* checkCloudflare(name: string, environment: CloudflareEnvironment): Iterable<string> {
  const { accountId, bucket, adopt } = environment
  if (!HEX_32.test(accountId))
    yield 'accountId is not a Cloudflare account: give its 32 hex digits; the URL of the dashboard has them after dash.cloudflare.com/.'
  if (!BUCKET_NAME.test(bucket))
    yield `bucket is ${JSON.stringify(bucket)}: give 3 to 63 small letters, digits or -, with no - at the ends.`
  const { queue, deadLetterQueue, webhooksQueue, webhooksDeadLetterQueue } = cloudflareNames(name, environment)
  if (environment.queue !== undefined && (!QUEUE_NAME.test(queue) || !QUEUE_NAME.test(webhooksDeadLetterQueue)))
    yield `queue is ${JSON.stringify(queue)}: give up to 49 small letters, digits or -, with no - at the ends. The dead-letter queue is ${deadLetterQueue}.`
  if (queue.endsWith(WEBHOOKS_QUEUE_SUFFIX))
    yield `queue is ${JSON.stringify(queue)}, and names with this end are for events, such as ${webhooksQueue}: give another.`
  if (adopt?.queueId !== undefined && !HEX_32.test(adopt.queueId))
    yield 'adopt.queueId is not the id of a queue: give the 32 hex digits that wrangler queues list prints.'
  for (const [kind, destination] of Object.entries(environment.openTelemetry ?? {}))
    if (!['logs', 'traces'].includes(kind) || typeof destination !== 'string' || destination === '')
      yield `openTelemetry.${kind} is unknown or no name: give logs or traces with the name of a destination.`
  if (environment.scanner === 'platform')
    yield 'scanner is platform, but R2 does not scan objects: give clamav, and run npm run uplink -- scan run --watch.'
  yield* addressFaults(environment)
}

function* addressFaults(environment: CloudflareEnvironment): Iterable<string> {
  const { zone, gatewayBy = 'custom-domain', gatewayUrl, alarmEmails = [] } = environment
  if (gatewayBy === 'workers.dev') {
    if (!hostOf(gatewayUrl).endsWith('.workers.dev'))
      yield 'gatewayUrl is not on workers.dev, but gatewayBy is: give https://ckan-uplink-….….workers.dev.'
  } else {
    if (zone === undefined)
      yield 'zone is missing: give the domain on Cloudflare that contains the gateway, or gatewayBy workers.dev.'
    yield* hostFaults('gatewayUrl', gatewayUrl, zone)
  }
  if (zone !== undefined && !DOMAIN.test(zone))
    yield `zone is ${JSON.stringify(zone)}: give a domain, such as example.org.`
  yield* publicHostFaults(environment)
  if (alarmEmails.length > 0 && zone === undefined)
    yield 'alarmEmails needs a zone, because a health check belongs to a zone: give the zone, or no addresses.'
}

function* publicHostFaults({ zone, gatewayUrl, publicBucketUrl, publicBy }: CloudflareEnvironment): Iterable<string> {
  if (publicBucketUrl === undefined) {
    if (publicBy !== undefined)
      yield 'publicBy has no publicBucketUrl: give the address of the public host, or leave publicBy out.'
    return
  }
  if (zone === undefined) yield 'publicBucketUrl needs a zone: give the domain on Cloudflare that contains it.'
  if (hostOf(publicBucketUrl) === hostOf(gatewayUrl)) yield "publicBucketUrl is on the gateway's host: give it another."
  if (publicBy !== undefined && !['custom-domain', 'route', 'r2-domain'].includes(publicBy))
    yield `publicBy is ${JSON.stringify(publicBy)}: give custom-domain, route or r2-domain.`
  yield* hostFaults('publicBucketUrl', publicBucketUrl, zone)
}

/** The rules of the settings report a text that is no URL. */
function* hostFaults(field: string, text: string, zone: string | undefined): Iterable<string> {
  if (!URL.canParse(text)) return
  const { protocol, pathname, port, hostname } = new URL(text)
  if (protocol !== 'https:' || pathname !== '/' || port !== '')
    yield `${field} is ${JSON.stringify(text)}: give an https address of a host alone, such as https://uploads.example.org.`
  if (zone !== undefined && hostname !== zone && !hostname.endsWith(`.${zone}`))
    yield `${field} is not in the zone ${zone}: give a host in this zone, or the zone of this host.`
}

/** Empty if the text is no URL. */
function hostOf(text: string): string {
  return URL.canParse(text) ? new URL(text).hostname : ''
}
