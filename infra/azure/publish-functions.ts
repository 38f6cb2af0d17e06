import { azureNames } from '../azure-names.ts'
import type { AzureEnvironment } from '../environment.ts'
import { FUNCTIONS } from './function-app.ts'

export interface Steps {
  /** Runs the Azure CLI; whether it succeeded. */
  az(words: readonly string[]): Promise<boolean>
  pause(): Promise<void>
}

/** Rights that were just given, and an app that was just made, may take ten minutes until they work. */
const ATTEMPTS = 20

/** Publishes an archive to a function app and waits until its functions are there. Throws when either fails twenty times. */
export async function publish(
  name: string,
  environment: AzureEnvironment,
  archive: string,
  { az, pause }: Steps,
): Promise<void> {
  const { resourceGroup, functionApp } = azureNames(name, environment)
  const where = ['--subscription', environment.subscriptionId, '--resource-group', resourceGroup, '--name', functionApp]
  await succeed(
    `Publishing to ${functionApp}`,
    () => az(['functionapp', 'deployment', 'source', 'config-zip', ...where, '--src', archive]),
    pause,
  )
  for (const each of FUNCTIONS) {
    await succeed(
      `Waiting for ${each} in ${functionApp}`,
      () => az(['functionapp', 'function', 'show', ...where, '--function-name', each]),
      pause,
    )
  }
}

async function succeed(what: string, step: () => Promise<boolean>, pause: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (await step()) return
    if (attempt < ATTEMPTS) await pause()
  }
  throw new Error(`${what} failed ${ATTEMPTS} times: see above what Azure said, mend it, and run pulumi up again.`)
}
