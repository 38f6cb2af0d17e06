import { ConfigurationError } from '@ckan-uplink/core'
import * as pulumi from '@pulumi/pulumi'
import { environments } from '../../environments.ts'
import { checkoutVersion } from '../checkout-version.ts'
import { clouds } from '../clouds.ts'
import type { Environment, Provider } from '../environment.ts'
import { findEnvironmentOf } from '../find-environment.ts'
import { isByPulumi } from '../pulumi-command.ts'

/** The exports of `infra/<cloud>/deployment.ts` of a cloud that Pulumi deploys. */
interface Program {
  createDeployment(name: string, environment: Environment): Promise<Outputs>
}

type Outputs = Readonly<Record<'gatewayUrl' | 'bucket' | 'queue' | 'deadLetterQueue', pulumi.Input<string>>>

const deployment = await deploy(pulumi.getStack()).catch((error: unknown) => {
  throw error instanceof ConfigurationError ? new pulumi.RunError(error.faults.join('\n')) : error
})

/** Loads only the packages of the environment's cloud. They are installed beside the cloud's own program. */
async function deploy(name: string): Promise<Outputs> {
  const environment = findEnvironmentOf(environments, name, ...deployedProviders())
  const { createDeployment }: Program = await import(`../${environment.provider}/deployment.ts`)
  return createDeployment(name, environment)
}

function deployedProviders(): readonly Provider[] {
  return (Object.keys(clouds) as Provider[]).filter((provider) => isByPulumi(clouds[provider]))
}

/** The version of the checkout that was deployed last. */
export const version = checkoutVersion()

export const { gatewayUrl, bucket, queue, deadLetterQueue } = deployment
