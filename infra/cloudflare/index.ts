import { ConfigurationError } from '@ckan-uplink/core'
import * as pulumi from '@pulumi/pulumi'
import { environments } from '../../environments.ts'
import { findEnvironmentOf } from '../find-environment.ts'
import { createDeployment } from './deployment.ts'

const deployment = await deploy().catch((error: unknown) => {
  throw error instanceof ConfigurationError ? new pulumi.RunError(error.faults.join('\n')) : error
})

async function deploy() {
  const name = pulumi.getStack()
  return createDeployment(name, findEnvironmentOf(environments, name, 'cloudflare'))
}

export const { gatewayUrl, bucket, queue, deadLetterQueue } = deployment
