import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Construct } from 'constructs'
import type { FunctionFolders } from './bundle-functions.ts'
import type { AwsEnvironment } from './entry.ts'
import { gatewayVariables } from './function-variables.ts'
import type { GatewayAddress } from './gateway-address.ts'
import { permissionsOn } from './permissions.ts'
import { UplinkFunction } from './uplink-function.ts'
import type { WebhooksQueue } from './webhooks-queue.ts'

export interface UploadGatewayProps {
  readonly name: string
  readonly environment: AwsEnvironment
  readonly folders: FunctionFolders
  readonly address: GatewayAddress
  /** Absent without receivers of events. */
  readonly events: WebhooksQueue | undefined
}

/** The gateway and its address. It may do what its signed URLs allow. It cannot read the service token. */
export class UploadGateway extends Construct {
  readonly gateway: UplinkFunction

  constructor(scope: Construct, id: string, { name, environment, folders, address, events }: UploadGatewayProps) {
    super(scope, id)
    const may = permissionsOn(this, environment)
    this.gateway = new UplinkFunction(this, 'Gateway', {
      name,
      kind: 'gateway',
      ...(environment.openTelemetry && { openTelemetry: environment.openTelemetry }),
      description: 'Signs URLs for uploads and downloads',
      folders,
      variables: gatewayVariables(environment, {
        gatewayUrl: address.gatewayUrl,
        eventQueueUrl: events?.queue.queueUrl,
      }),
      statements: [
        may.uploads('s3:GetObject', 's3:PutObject'),
        // Only files: no image is large enough for parts.
        may.files('s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'),
        may.records('s3:GetObject', 's3:PutObject', 's3:DeleteObject'),
        may.listing(),
        ...(environment.filestoreApi === true ? [may.filestore('s3:GetObject', 's3:PutObject')] : []),
        ...(environment.grantSecret ? [may.secret(environment.grantSecret.secret)] : []),
        ...(events ? [events.sending()] : []),
      ],
    })
    new apigateway.HttpRoute(this, 'Everything', {
      httpApi: address.api,
      routeKey: apigateway.HttpRouteKey.DEFAULT,
      integration: new HttpLambdaIntegration('Gateway', this.gateway.lambda),
    })
  }
}
