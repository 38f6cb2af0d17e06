import { type CkanClient, catalogFrom, clientFrom, listerFrom } from '@ckan-uplink/ckan'
import { askSecret, findInstance, type Instance, isSomebodyThere, readToken, UsageError } from '@ckan-uplink/cli'
import { type LinkDeps, readFrom, readSettings, systemClock } from '@ckan-uplink/core'
import type { DatasetLister } from '@ckan-uplink/core/operations'
import type { Cloud, Needs, Variables } from './clouds/cloud.ts'
import type { Deployment } from './deployment.ts'

/** The parts of an environment, opened with the operator's own credentials. */
export interface OpenEnvironment {
  readonly name: string
  readonly linkDeps: LinkDeps
  readonly lister: DatasetLister
  readonly cloud: Cloud
  readonly client: CkanClient
  /** The operator's CKAN token. */
  readonly token: string
}

/** The options that choose an environment. */
export interface EnvironmentChoice {
  readonly env?: string
  readonly gateway?: string
  /** The command does not call CKAN, so it needs no token. */
  readonly withoutCkan?: boolean
}

/** Returns the deployment with this name. Throws if there is none. */
export type FindDeployment = (name: string) => Deployment

/** Opens the named environment, or the local edition. Throws one `UsageError` that lists all missing settings. */
export async function openEnvironment(
  find: FindDeployment,
  which: EnvironmentChoice,
  env: Variables = process.env,
): Promise<OpenEnvironment> {
  const deployment = withGateway(await chooseDeployment(find, which.env ?? env['UPLINK_ENV']), which.gateway)
  const faults: string[] = []
  const needs: Needs = {
    variable(name, what) {
      if (!env[name]) faults.push(`${name} is missing: set it to ${what}.`)
      return env[name] ?? ''
    },
    missing: (sentence) => faults.push(sentence),
  }
  if (isGatewayUnknown(deployment) && which.gateway === undefined)
    faults.push('--gateway is missing. AWS chose the address of the API: it is the output gatewayUrl of the stack.')
  const cloud = await openCloud(deployment, needs, env)
  const known = (await readToken(env)) ?? ('token' in deployment ? deployment.token : undefined)
  const wanted = known === undefined && which.withoutCkan !== true
  if (wanted && !isSomebodyThere())
    faults.push(
      'CKAN_API_TOKEN is missing: set it to the CKAN token of a sysadmin, or set CKAN_API_TOKEN_FILE to the path of a file with it.',
    )
  if (faults.length > 0) throw new UsageError(faults.join('\n'))
  return assemble(
    deployment,
    cloud,
    wanted ? await askSecret(`A sysadmin's token of ${deployment.settings.ckanUrl} (not stored):`) : (known ?? ''),
  )
}

async function chooseDeployment(find: FindDeployment, name: string | undefined): Promise<Deployment> {
  if (name) return find(name)
  const instance = await findInstance(process.cwd())
  if (instance !== undefined) return localDeployment(instance)
  throw new UsageError(
    'No environment is chosen: give --env or UPLINK_ENV with a name in environments.ts, or start the local edition with npm start.',
  )
}

function localDeployment({ folder, settings, tokens }: Instance): Deployment {
  const read = readFrom(settings, (reader) => ({
    settings: readSettings(reader),
    endpoint: reader.url('R2_S3_ENDPOINT'),
  }))
  return { provider: 'local', name: 'local', folder, ...read, ...(tokens && { token: tokens.admin }) }
}

/** CKAN's URLs contain the address, so only the deployed one is accepted. */
function withGateway(deployment: Deployment, given: string | undefined): Deployment {
  if (given === undefined) return deployment
  const gatewayUrl = toAddress('--gateway', given)
  if (!isGatewayUnknown(deployment) && gatewayUrl !== deployment.settings.gatewayUrl)
    throw new UsageError(
      `--gateway is ${gatewayUrl}, but ${deployment.name} has ${deployment.settings.gatewayUrl}: leave the option out.`,
    )
  return { ...deployment, settings: { ...deployment.settings, gatewayUrl } }
}

/** AWS chose the address when it created the API, so `environments.ts` does not have it. */
export function isGatewayUnknown(deployment: Deployment): boolean {
  return deployment.provider === 'aws' && deployment.gatewayUnknown
}

/** An address without a slash at the end. Throws `UsageError` if it is none. */
export function toAddress(option: string, text: string): string {
  if (URL.canParse(text) && /^https?:/u.test(text)) return text.replace(/\/+$/u, '')
  throw new UsageError(`${option} is ${JSON.stringify(text)}: give an address such as https://uploads.example.org.`)
}

/** Loads only the SDK of this cloud. */
async function openCloud(deployment: Deployment, needs: Needs, env: Variables): Promise<Cloud> {
  switch (deployment.provider) {
    case 'cloudflare':
      return (await import('./clouds/cloudflare.ts')).openCloudflare(deployment, needs, env)
    case 'aws':
      return (await import('./clouds/aws.ts')).openAws(deployment, needs)
    case 'azure':
      return (await import('./clouds/azure.ts')).openAzure(deployment, needs, env)
    case 'local':
      return (await import('./clouds/local.ts')).openLocal(deployment, needs)
  }
}

function assemble({ name, settings }: Deployment, cloud: Cloud, token: string): OpenEnvironment {
  // The command itself prints the outcome of each object.
  const logger = { log: () => {} }
  const linkDeps = { settings, store: cloud.store, catalog: catalogFrom(settings, token), clock: systemClock, logger }
  return { name, linkDeps, lister: listerFrom(settings, token), cloud, client: clientFrom(settings), token }
}
