import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import type { AwsEnvironment } from './entry.ts'

type OpenTelemetry = NonNullable<AwsEnvironment['openTelemetry']>

/** The right to write traces. X-Ray has no resources. */
export function tracingRights(): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] })
}

/**
 * Adds the layer that traces the calls of a function. It takes up the trace of a client's `traceparent`. Without an
 * address the traces go to X-Ray. https://aws-otel.github.io/docs/getting-started/lambda
 */
export function traceCalls(traced: lambda.Function, { layerArn, tracesUrl }: OpenTelemetry): void {
  traced.addLayers(lambda.LayerVersion.fromLayerVersionArn(traced, 'OpenTelemetry', layerArn))
  const variables = {
    AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-instrument',
    // Metrics of its own, which cost extra.
    OTEL_AWS_APPLICATION_SIGNALS_ENABLED: 'false',
    ...(tracesUrl !== undefined && { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesUrl }),
  }
  for (const [name, value] of Object.entries(variables)) traced.addEnvironment(name, value)
  // Otherwise Lambda marks every call as not sampled, and the layer sends nothing. The CDK's own property would add a
  // second policy to the role.
  if (traced.node.defaultChild instanceof lambda.CfnFunction)
    traced.node.defaultChild.tracingConfig = { mode: 'Active' }
}
