import type { Extension } from '@ckan-uplink/cli'
import { operatorCommands } from '@ckan-uplink/operations'
import { environments } from '../environments.ts'
import { deploymentOf } from '../infra/deployment.ts'
import { findEnvironment } from '../infra/find-environment.ts'

/** The commands of operators for the environments of this checkout. */
export const operators: Extension = operatorCommands((name) => deploymentOf(name, findEnvironment(environments, name)))
