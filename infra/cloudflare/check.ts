import type { CloudflareEnvironment } from './entry.ts'
import { cloudflareNames } from './names.ts'

const HEX_32 = /^[0-9a-f]{32}$/u
/** https://developers.cloudflare.com/r2/buckets/create-buckets/: the provider lets others through to a failing request. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/u
const QUEUE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/u

/** One sentence for each thing that Cloudflare would refuse, or that contradicts itself. */
export function* checkCloudflare(name: string, environment: CloudflareEnvironment): Iterable<string> {
  const { accountId, bucket, adopt } = environment
  if (!HEX_32.test(accountId))
    yield 'accountId is not a Cloudflare account: give its 32 hex digits, which follow dash.cloudflare.com/ in the dashboard.'
  if (!BUCKET_NAME.test(bucket))
    yield `bucket is ${JSON.stringify(bucket)}: R2 takes 3 to 63 small letters, digits or -, with no - at the ends.`
  const { queue, deadLetterQueue } = cloudflareNames(name, environment)
  if (environment.queue !== undefined && (!QUEUE_NAME.test(queue) || !QUEUE_NAME.test(deadLetterQueue)))
    yield `queue is ${JSON.stringify(queue)}: give up to 50 small letters, digits or -, with no - at the ends; ${deadLetterQueue} is made of it.`
  if (adopt?.queueId !== undefined && !HEX_32.test(adopt.queueId))
    yield 'adopt.queueId is not the id of a queue: give the 32 hex digits of wrangler queues list.'
  yield* addressFaults(environment)
}

function* addressFaults(environment: CloudflareEnvironment): Iterable<string> {
  const { zone, gatewayBy = 'custom-domain', gatewayUrl, alarmEmails = [] } = environment
  if (gatewayBy === 'workers.dev') {
    if (!hostOf(gatewayUrl).endsWith('.workers.dev'))
      yield 'gatewayUrl is not on workers.dev, but gatewayBy is: give https://ckan-uplink-….….workers.dev.'
  } else {
    if (zone === undefined)
      yield 'zone is missing: give the domain on Cloudflare that the gateway is in, or gatewayBy workers.dev.'
    yield* hostFaults('gatewayUrl', gatewayUrl, zone)
  }
  if (zone !== undefined && !DOMAIN.test(zone))
    yield `zone is ${JSON.stringify(zone)}: give a domain, such as example.org.`
  yield* publicHostFaults(environment)
  if (alarmEmails.length > 0 && zone === undefined)
    yield 'alarmEmails needs a zone, since the health check belongs to one: give the zone, or no addresses.'
}

function* publicHostFaults({ zone, gatewayUrl, publicBucketUrl, publicBy }: CloudflareEnvironment): Iterable<string> {
  if (publicBucketUrl === undefined) {
    if (publicBy !== undefined)
      yield 'publicBy has no publicBucketUrl: give the address of the public host, or leave publicBy out.'
    return
  }
  if (zone === undefined) yield 'publicBucketUrl needs a zone: give the domain on Cloudflare that it is in.'
  if (hostOf(publicBucketUrl) === hostOf(gatewayUrl)) yield "publicBucketUrl is on the gateway's host: give it another."
  if (publicBy !== undefined && !['custom-domain', 'route', 'r2-domain'].includes(publicBy))
    yield `publicBy is ${JSON.stringify(publicBy)}: give custom-domain, route or r2-domain.`
  yield* hostFaults('publicBucketUrl', publicBucketUrl, zone)
}

/** What isn't a URL at all is told of by the settings' own rules. */
function* hostFaults(field: string, text: string, zone: string | undefined): Iterable<string> {
  if (!URL.canParse(text)) return
  const { protocol, pathname, port, hostname } = new URL(text)
  if (protocol !== 'https:' || pathname !== '/' || port !== '')
    yield `${field} is ${JSON.stringify(text)}: give an https address of a host alone, such as https://uploads.example.org.`
  if (zone !== undefined && hostname !== zone && !hostname.endsWith(`.${zone}`))
    yield `${field} is not in the zone ${zone}: give a host of it, or its zone.`
}

/** Empty for what isn't a URL. */
function hostOf(text: string): string {
  return URL.canParse(text) ? new URL(text).hostname : ''
}
