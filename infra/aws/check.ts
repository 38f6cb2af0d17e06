import { checkRetention } from '../check-retention.ts'
import { fits } from '../fits.ts'
import type { AwsEnvironment } from './entry.ts'

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; no TLS certificate covers a name with a
 * dot.
 */
const BUCKET_NAME =
  /^(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|--x-s3|--table-s3)$/u
const CERTIFICATE = /^arn:aws[\w-]*:acm:(?<region>[a-z0-9-]+):(?<account>\d{12}):certificate\/[\w-]+$/u
const DISTRIBUTION = /^arn:aws[\w-]*:cloudfront::\d{12}:distribution\/[A-Z0-9]+$/u

/** One sentence for each value that AWS would refuse, and for each contradiction. */
export function* checkAws(environment: AwsEnvironment): Iterable<string> {
  const { accountId, region, bucket, ckanToken, grantSecret, webhookSecret, ckanCallsAtOnce } = environment
  if (!fits(accountId, /^\d{12}$/u))
    yield 'accountId is not an AWS account: give its 12 digits as a text; aws sts get-caller-identity prints them.'
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/u.test(region))
    yield 'region is not one of AWS: give the code of a region, such as eu-central-1.'
  if (!BUCKET_NAME.test(bucket))
    yield `bucket is ${JSON.stringify(bucket)}: give 3 to 63 small letters, digits or -, no - at the ends, and nothing that S3 reserves.`
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/create_secret.html: the name would look like the end of
  // an ARN.
  for (const [field, reference] of Object.entries({ ckanToken, grantSecret, webhookSecret }))
    if (/-\w{6}$/u.test(reference?.secret ?? ''))
      yield `${field}.secret ends in - and six characters: Secrets Manager takes that for part of an ARN. Choose another name.`
  if (ckanCallsAtOnce === 2)
    yield 'ckanCallsAtOnce is 2: on AWS give 3 at least. A queue always calls the linker at least twice at once, and the reconciliation needs one more.'
  yield* checkRetention(environment.keepRemovedDays)
  if (environment.scanner === 'platform' && environment.keepRemovedDays === undefined)
    yield 'scanner is platform, but the bucket keeps no versions, and GuardDuty tags versions: give keepRemovedDays.'
  yield* openTelemetryFaults(environment)
  yield* addressFaults(environment)
}

const LAYER = /^arn:aws[\w-]*:lambda:(?<region>[a-z0-9-]+):\d{12}:layer:[\w-]+:\d+$/u

function* openTelemetryFaults({ openTelemetry, region }: AwsEnvironment): Iterable<string> {
  if (openTelemetry === undefined) return
  const { groups } = LAYER.exec(String(openTelemetry?.layerArn)) ?? {}
  if (groups === undefined)
    yield 'openTelemetry.layerArn is not the ARN of a layer: give arn:aws:lambda:…:layer:AWSOpenTelemetryDistroJs:….'
  else if (groups['region'] !== region)
    yield `openTelemetry.layerArn is in ${groups['region']}, not in the region ${region}: give the layer of this region.`
  if (openTelemetry?.tracesUrl !== undefined && !URL.canParse(openTelemetry.tracesUrl))
    yield 'openTelemetry.tracesUrl is no address: give one such as https://otel.example.org/v1/traces.'
}

function* addressFaults(environment: AwsEnvironment): Iterable<string> {
  const {
    gatewayUrl,
    gatewayBy = 'custom-domain',
    certificateArn,
    hostedZoneId,
    publicBucketUrl,
    distributionArn,
  } = environment
  if (gatewayBy === 'custom-domain') {
    yield* hostFaults(gatewayUrl)
    yield* certificateFaults(environment)
  } else if (gatewayBy !== 'execute-api')
    yield `gatewayBy is ${JSON.stringify(gatewayBy)}: give custom-domain or execute-api.`
  else if (certificateArn !== undefined || hostedZoneId !== undefined)
    yield 'certificateArn and hostedZoneId are for a custom domain, but gatewayBy is execute-api: leave out either them or gatewayBy.'
  if (hostedZoneId !== undefined && !/^Z[A-Z0-9]{1,31}$/u.test(hostedZoneId))
    yield `hostedZoneId is ${JSON.stringify(hostedZoneId)}: give the id that aws route53 list-hosted-zones prints, such as Z0123456789ABCDEFGHIJ.`
  if (distributionArn !== undefined && !DISTRIBUTION.test(distributionArn))
    yield 'distributionArn is not the ARN of a CloudFront distribution: give arn:aws:cloudfront::….'
  if (publicBucketUrl === undefined && distributionArn !== undefined)
    yield 'distributionArn has no publicBucketUrl: give the address of the distribution.'
}

/** The rules of the settings report a text that is no URL. */
function* hostFaults(gatewayUrl: string | undefined): Iterable<string> {
  if (gatewayUrl === undefined || !URL.canParse(gatewayUrl)) return
  const { protocol, pathname, port } = new URL(gatewayUrl)
  if (protocol !== 'https:' || pathname !== '/' || port !== '')
    yield `gatewayUrl is ${JSON.stringify(gatewayUrl)}: give an https address of a host alone, such as https://uploads.example.org.`
}

/**
 * An HTTP API accepts certificates of its own region only:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
 */
function* certificateFaults({ certificateArn, accountId, region }: AwsEnvironment): Iterable<string> {
  if (certificateArn === undefined) {
    yield "certificateArn is missing: give the certificate of the gateway's host, or gatewayBy execute-api."
    return
  }
  const { groups } = CERTIFICATE.exec(certificateArn) ?? {}
  if (groups === undefined) yield 'certificateArn is not the ARN of a certificate: give arn:aws:acm:….'
  else if (groups['region'] !== region)
    yield `certificateArn is in ${groups['region']}, not in the region ${region}: request a certificate there.`
  else if (groups['account'] !== accountId)
    yield `certificateArn is in the account ${groups['account']}, not in ${accountId}: request a certificate there.`
}
