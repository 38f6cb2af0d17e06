import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2'
import * as acm from 'aws-cdk-lib/aws-certificatemanager'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as route53 from 'aws-cdk-lib/aws-route53'
import { Construct } from 'constructs'
import type { AwsEnvironment } from './entry.ts'
import { THROTTLE } from './figures.ts'
import { awsNames } from './names.ts'

export interface GatewayAddressProps {
  readonly name: string
  readonly environment: AwsEnvironment
}

/** The gateway's public address: the HTTP API with throttling and access log, and its custom domain if it has one. */
export class GatewayAddress extends Construct {
  readonly api: apigateway.HttpApi
  /** Linked URLs begin with it. */
  readonly gatewayUrl: string
  /** The API's own address. Absent with a custom domain, which is then the only way in. */
  readonly apiEndpoint: string | undefined
  /** The target of the DNS record of the gateway's host. Only with a custom domain. */
  readonly dnsTarget: string | undefined

  constructor(scope: Construct, id: string, { name, environment }: GatewayAddressProps) {
    super(scope, id)
    const { gatewayUrl, certificateArn, hostedZoneId } = environment
    const domain =
      certificateArn !== undefined && gatewayUrl !== undefined
        ? this.#customDomain(gatewayUrl, certificateArn)
        : undefined
    // No CORS here: the gateway answers preflights itself.
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: awsNames(name).api,
      description: 'The gateway of ckan-uplink',
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== undefined,
    })
    new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(this.#accessLog(name)),
        format: ACCESS_LOG,
      },
      ...(domain && { domainMapping: { domainName: domain } }),
    })
    this.gatewayUrl = gatewayUrl ?? this.api.apiEndpoint
    this.apiEndpoint = domain === undefined ? this.api.apiEndpoint : undefined
    this.dnsTarget = domain?.regionalDomainName
    if (domain && hostedZoneId !== undefined) {
      new route53.CfnRecordSet(this, 'Record', {
        hostedZoneId,
        name: domain.name,
        type: 'A',
        aliasTarget: { dnsName: domain.regionalDomainName, hostedZoneId: domain.regionalHostedZoneId },
      })
    }
  }

  #customDomain(gatewayUrl: string, certificateArn: string): apigateway.DomainName {
    return new apigateway.DomainName(this, 'Domain', {
      domainName: new URL(gatewayUrl).hostname,
      certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
    })
  }

  /**
   * Logs below this prefix need no entry in the account's only policy for logs:
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
   */
  #accessLog(name: string): logs.LogGroup {
    return new logs.LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/${awsNames(name).api}`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
  }
}

/** Without the caller, which is personal data, and without the query, which may hold a signature. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    requestId: '$context.requestId',
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    bytes: '$context.responseLength',
    milliseconds: '$context.responseLatency',
    error: '$context.integrationErrorMessage',
  }),
)
