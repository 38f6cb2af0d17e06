import { type CkanClient, catalogFrom, clientFrom, listerFrom } from '@ckan-uplink/ckan'
import {
  askSecret,
  findLocalEdition,
  isSomebodyThere,
  type LocalEdition,
  readToken,
  UsageError,
} from '@ckan-uplink/cli'
import { createPublisher, type LinkDeps, systemClock } from '@ckan-uplink/core'
import type { DatasetLister } from '@ckan-uplink/core/operations'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import type { CloudAccess, EnvVars, Needs } from './clouds/cloud-access.ts'
import type { Deployment } from './deployment.ts'
import { findGateway, toAddress } from './find-gateway.ts'

/** The parts of an environment, opened with the operator's own credentials. */
export interface OpenEnvironment {
  readonly name: string
  readonly linkDeps: LinkDeps
  readonly lister: DatasetLister
  readonly cloud: CloudAccess
  readonly client: CkanClient
  /** The operator's CKAN token. */
  readonly token: string
}

/** The options that choose an environment. */
export interface EnvironmentChoice {
  readonly env?: string
  readonly gateway?: string
  /** The command does not call CKAN, so it needs neither a token nor the gateway's address. */
  readonly withoutCkan?: boolean
}

/** Returns the deployment with this name. Throws if there is none. */
export type FindDeployment = (name: string) => Deployment

/** Opens the named environment, or the local edition. Throws one `UsageError` that lists all missing settings. */
export async function openEnvironment(
  find: FindDeployment,
  which: EnvironmentChoice,
  env: EnvVars = process.env,
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
  const cloud = await deployment.open({ settings: deployment.settings, needs, env })
  const known = (await readToken(env)) ?? deployment.token
  const wanted = known === undefined && which.withoutCkan !== true
  if (wanted && !isSomebodyThere())
    faults.push(
      'CKAN_API_TOKEN is missing: set it to the CKAN token of a sysadmin, or set CKAN_API_TOKEN_FILE to the path of a file with it.',
    )
  if (faults.length > 0) throw new UsageError(faults.join('\n'))
  const gatewayUrl = which.withoutCkan ? deployment.settings.gatewayUrl : await findGateway(deployment, env)
  return assemble(
    { ...deployment, settings: { ...deployment.settings, gatewayUrl } },
    cloud,
    wanted ? await askSecret(`A sysadmin's token of ${deployment.settings.ckanUrl} (not stored):`) : (known ?? ''),
  )
}

async function chooseDeployment(find: FindDeployment, name: string | undefined): Promise<Deployment> {
  if (name) return find(name)
  const instance = await findLocalEdition(process.cwd())
  if (instance !== undefined) return localDeployment(instance)
  throw new UsageError(
    'No environment is chosen: give --env or UPLINK_ENV with a name in environments.ts, or start the local edition with npm start.',
  )
}

function localDeployment({ folder, settings: variables, tokens }: LocalEdition): Deployment {
  const { settings, endpoint } = readFrom(variables, (reader) => ({
    settings: readSettings(reader),
    endpoint: reader.url('R2_S3_ENDPOINT'),
  }))
  return {
    name: 'local',
    settings,
    open: async (options) => (await import('./clouds/local/open.ts')).openLocal({ endpoint, folder }, options),
    ...(tokens && { token: tokens.admin }),
  }
}

/** CKAN's URLs contain the address, so only the deployed one is accepted. */
function withGateway(deployment: Deployment, given: string | undefined): Deployment {
  if (given === undefined) return deployment
  const gatewayUrl = toAddress('--gateway', given)
  const { findGateway: isChosenByCloud, ...known } = deployment
  if (!isChosenByCloud && gatewayUrl !== deployment.settings.gatewayUrl)
    throw new UsageError(
      `--gateway is ${gatewayUrl}, but ${deployment.name} has ${deployment.settings.gatewayUrl}: leave the option out.`,
    )
  return { ...known, settings: { ...deployment.settings, gatewayUrl } }
}

function assemble({ name, settings }: Deployment, cloud: CloudAccess, token: string): OpenEnvironment {
  // The command itself prints the outcome of each object.
  const logger = { log: () => {} }
  const { store, platformScanner } = cloud
  const common = { settings, store, platformScanner, clock: systemClock, logger }
  // Operators have no queue of events: the linker's schedule sends the events of their links.
  const linkDeps = { ...common, catalog: catalogFrom(settings, token), publishEvent: createPublisher(common) }
  return { name, linkDeps, lister: listerFrom(settings, token), cloud, client: clientFrom(settings), token }
}
