import { ConfigurationError } from '@ckan-uplink/core'
import { App } from 'aws-cdk-lib'
import { environments } from '../../environments.ts'
import { findEnvironmentOf } from '../find-environment.ts'
import { createDeployment } from './deployment.ts'

const app = new App()
try {
  const name = String(app.node.tryGetContext('environment') ?? '')
  await createDeployment(app, name, findEnvironmentOf(environments, name, 'aws'))
  app.synth()
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  console.error(error.faults.join('\n'))
  process.exitCode = 1
}
