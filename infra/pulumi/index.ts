import { ConfigurationError } from '@ckan-uplink/core'
import * as pulumi from '@pulumi/pulumi'
import { environments } from '../../environments.ts'
import { findEnvironmentOf } from '../find-environment.ts'

const deployment = await deploy(pulumi.getStack()).catch((error: unknown) => {
  throw error instanceof ConfigurationError ? new pulumi.RunError(error.faults.join('\n')) : error
})

/** Each cloud's packages are installed beside its own program, and only those of the environment's cloud are loaded. */
async function deploy(name: string) {
  const environment = findEnvironmentOf(environments, name, 'cloudflare', 'azure')
  if (environment.provider === 'cloudflare') {
    const { createDeployment } = await import('../cloudflare/deployment.ts')
    return createDeployment(name, environment)
  }
  const { createDeployment } = await import('../azure/deployment.ts')
  return createDeployment(name, environment)
}

export const { gatewayUrl, bucket, queue, deadLetterQueue } = deployment
