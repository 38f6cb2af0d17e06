import { ConfigurationError } from '@ckan-uplink/core'
import { App } from 'aws-cdk-lib'
import { environments } from '../../environments.ts'
import { commandFor, findEnvironmentOf } from '../find-environment.ts'
import { createDeployment } from './deployment.ts'

const app = new App()
try {
  const name = environmentOf(app)
  await createDeployment(app, name, findEnvironmentOf(environments, name, 'aws'))
  app.synth()
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  console.error(error.faults.join('\n'))
  process.exitCode = 1
}

function environmentOf({ node }: App): string {
  const name: unknown = node.tryGetContext('environment')
  if (typeof name === 'string' && name !== '') return name
  const names = Object.keys(environments).filter((one) => environments[one]?.provider === 'aws')
  const commands = names.map((one) => commandFor('aws', 'deploy', one).join(' '))
  throw new ConfigurationError([`Say which environment of environments.ts is meant: ${commands.join(', ')}.`])
}
