import { RemovalPolicy } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { FunctionFolders } from './bundle-functions.ts'
import type { AwsEnvironment } from './entry.ts'
import { MEMORY_MIB, TIMEOUTS } from './figures.ts'
import { type AwsFunction, awsNames } from './names.ts'
import { traceCalls, tracingRights } from './open-telemetry.ts'

export interface UplinkFunctionProps {
  /** The environment's name. */
  readonly name: string
  readonly openTelemetry?: AwsEnvironment['openTelemetry']
  readonly kind: AwsFunction
  readonly description: string
  readonly folders: FunctionFolders
  readonly variables: Readonly<Record<string, string>>
  /** All rights of the function, except for its own log. */
  readonly statements: readonly iam.PolicyStatement[]
  readonly reservedConcurrency?: number
}

/** A Lambda function with its own role and its own log group. */
export class UplinkFunction extends Construct {
  readonly lambda: lambda.Function
  readonly logGroup: logs.LogGroup

  constructor(scope: Construct, id: string, props: UplinkFunctionProps) {
    super(scope, id)
    const { name, kind, description, folders, variables, statements, reservedConcurrency, openTelemetry } = props
    const functionName = awsNames(name).functions[kind]
    this.logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const writeLog = new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    })
    const writeTraces = openTelemetry ? [tracingRights()] : []
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { [kind]: new iam.PolicyDocument({ statements: [...statements, writeLog, ...writeTraces] }) },
    })
    this.lambda = new lambda.Function(this, 'Function', {
      functionName,
      description,
      code: lambda.Code.fromAsset(folders[kind]),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: MEMORY_MIB,
      timeout: TIMEOUTS[kind],
      environment: variables,
      logGroup: this.logGroup,
      role,
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
    })
    if (openTelemetry) traceCalls(this.lambda, openTelemetry)
  }
}
