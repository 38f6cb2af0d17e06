import type { CommonEnvironment, OwnFields } from '../common-environment.ts'

/** An entry of `environments.ts` on AWS. Secrets Manager holds the secret of `ckanToken`. */
export interface AwsEnvironment extends Omit<CommonEnvironment, 'gatewayUrl'> {
  readonly provider: 'aws'
  /** 12 digits. */
  readonly accountId: string
  readonly region: string
  /** The gateway's public address. With `execute-api` it may be absent: then it is the API's own address. */
  readonly gatewayUrl?: string
  /**
   * How the gateway's host reaches the API: as its custom domain (the default), or with `execute-api` not by this
   * deployment. The API then keeps the address that AWS gives it, for a proxy of your own or for a trial.
   */
  readonly gatewayBy?: 'custom-domain' | 'execute-api'
  /** The certificate of the gateway's host, in Certificate Manager in the same region; for a custom domain. */
  readonly certificateArn?: string
  /** The zone in Route 53 that gets the gateway's DNS record. Without a zone you make the record by hand. */
  readonly hostedZoneId?: string
  /** How many days the bucket keeps removed and overwritten objects as versions. Absent: it keeps none. */
  readonly keepRemovedDays?: number
  /**
   * A CloudFront distribution that an earlier version deployed. It may read the bucket until its origin is the gateway.
   */
  readonly distributionArn?: string
  /**
   * Sends traces of the functions to CloudWatch, or to an OTLP endpoint: the ARN of AWS's layer for OpenTelemetry and
   * Node in this region, and the address to which it posts, such as `https://otel.example.org/v1/traces`.
   */
  readonly openTelemetry?: { readonly layerArn: string; readonly tracesUrl?: string }
  /** An existing bucket that the deployment does not change. The outputs name the commands that attach it. */
  readonly adopt?: { readonly bucket?: boolean }
}

export const AWS_FIELDS = {
  accountId: true,
  region: true,
  gatewayBy: true,
  certificateArn: true,
  hostedZoneId: true,
  distributionArn: true,
  keepRemovedDays: true,
  openTelemetry: true,
  adopt: true,
} satisfies OwnFields<AwsEnvironment>
