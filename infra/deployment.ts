import type { Deployment } from '@ckan-uplink/operations'
import { cloudOf, type Environment } from './environment.ts'
import { settingsOf } from './environment-settings.ts'

/** The environment as the commands of operators use it. Throws `ConfigurationError`. */
export function deploymentOf(name: string, environment: Environment): Deployment {
  const cloud = cloudOf(environment)
  if (cloud === undefined) throw new Error(`${name} is on no cloud: findEnvironment refuses it.`)
  const { findGateway } = cloud
  const isChosenByCloud = cloud.gatewayPlaceholder?.(environment) !== undefined
  return {
    name,
    settings: settingsOf(environment),
    ...(isChosenByCloud && findGateway && { findGateway: () => findGateway(name, environment) }),
    beforeDeploy: (client, env) => cloud.beforeDeploy(name, environment, client, env),
    openLogs: (options) => cloud.openLogs(name, environment, options),
    open: (options) => cloud.open(name, environment, options),
  }
}
