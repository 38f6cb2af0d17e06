import { checkRetention } from '../check-retention.ts'
import { fits } from '../fits.ts'
import type { AwsEnvironment } from './entry.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; with a dot in it no TLS certificate fits. */
const BUCKET_NAME =
  /^(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|--x-s3|--table-s3)$/u
const CERTIFICATE = /^arn:aws[\w-]*:acm:(?<region>[a-z0-9-]+):(?<account>\d{12}):certificate\/[\w-]+$/u
const DISTRIBUTION = /^arn:aws[\w-]*:cloudfront::\d{12}:distribution\/[A-Z0-9]+$/u

/** One sentence for each thing that AWS would refuse, or that contradicts itself. */
export function* checkAws(environment: AwsEnvironment): Iterable<string> {
  const { accountId, region, bucket, ckanToken, ckanCallsAtOnce } = environment
  if (!fits(accountId, /^\d{12}$/u))
    yield 'accountId is not an AWS account: give its 12 digits as a text, which aws sts get-caller-identity prints.'
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/u.test(region)) yield 'region is not one of AWS: give its code, such as eu-central-1.'
  if (!BUCKET_NAME.test(bucket))
    yield `bucket is ${JSON.stringify(bucket)}: give 3 to 63 small letters, digits or -, with no - at the ends and nothing that S3 reserves.`
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/create_secret.html: it would look like the end of an ARN.
  if (/-\w{6}$/u.test(ckanToken?.secret))
    yield 'ckanToken.secret ends in - and six characters, which Secrets Manager takes for part of an ARN: choose another name.'
  if (ckanCallsAtOnce === 2)
    yield 'ckanCallsAtOnce is 2: on AWS give 3 at least, two for the linker, which a queue never calls fewer times at once, and one for the reconciliation.'
  yield* checkRetention(environment.keepRemovedDays)
  yield* addressFaults(environment)
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
    yield 'certificateArn and hostedZoneId are for a custom domain, but gatewayBy is execute-api: leave them out, or gatewayBy.'
  if (hostedZoneId !== undefined && !/^Z[A-Z0-9]{1,31}$/u.test(hostedZoneId))
    yield `hostedZoneId is ${JSON.stringify(hostedZoneId)}: give the id that aws route53 list-hosted-zones prints, such as Z0123456789ABCDEFGHIJ.`
  if (distributionArn !== undefined && !DISTRIBUTION.test(distributionArn))
    yield 'distributionArn is not the ARN of a CloudFront distribution: give arn:aws:cloudfront::….'
  if (publicBucketUrl === undefined && distributionArn !== undefined)
    yield 'distributionArn has no publicBucketUrl: give the address that it answers under.'
}

/** What isn't a URL at all is told of by the settings' own rules. */
function* hostFaults(gatewayUrl: string | undefined): Iterable<string> {
  if (gatewayUrl === undefined || !URL.canParse(gatewayUrl)) return
  const { protocol, pathname, port } = new URL(gatewayUrl)
  if (protocol !== 'https:' || pathname !== '/' || port !== '')
    yield `gatewayUrl is ${JSON.stringify(gatewayUrl)}: give an https address of a host alone, such as https://uploads.example.org.`
}

/** An HTTP API takes certificates of its own region only: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html */
function* certificateFaults({ certificateArn, accountId, region }: AwsEnvironment): Iterable<string> {
  if (certificateArn === undefined) {
    yield "certificateArn is missing: give the certificate of the gateway's host, or gatewayBy execute-api."
    return
  }
  const { groups } = CERTIFICATE.exec(certificateArn) ?? {}
  if (groups === undefined) yield 'certificateArn is not the ARN of a certificate: give arn:aws:acm:….'
  else if (groups['region'] !== region)
    yield `certificateArn is in ${groups['region']}, not in the region ${region}: ask for a certificate there.`
  else if (groups['account'] !== accountId)
    yield `certificateArn is in the account ${groups['account']}, not in ${accountId}: ask for a certificate there.`
}
