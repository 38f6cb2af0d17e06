export type { CloudAccess, CloudAccessOptions } from './clouds/cloud-access.ts'
export type { Deployment } from './deployment.ts'
export type { FindDeployment } from './open-environment.ts'
export { operatorCommands } from './operator-commands.ts'
