import type { AzureEnvironment } from './entry.ts'
import { FUNCTIONS, type Program } from './function-app.ts'
import { azureNames } from './names.ts'

export interface Steps {
  /** Runs the Azure CLI, and returns whether it succeeded. */
  az(words: readonly string[]): Promise<boolean>
  pause(): Promise<void>
}

/** New rights and a new app may take ten minutes until they work. */
const ATTEMPTS = 20

/** Publishes an archive to a program's app and waits until its functions exist. Throws if either fails twenty times. */
export async function publish(
  name: string,
  { program, environment }: { readonly program: Program; readonly environment: AzureEnvironment },
  archive: string,
  { az, pause }: Steps,
): Promise<void> {
  const names = azureNames(name, environment)
  const { resourceGroup } = names
  const functionApp = program === 'gateway' ? names.functionApp : names.linkerApp
  const where = ['--subscription', environment.subscriptionId, '--resource-group', resourceGroup, '--name', functionApp]
  await succeed(
    `Publishing to ${functionApp}`,
    () => az(['functionapp', 'deployment', 'source', 'config-zip', ...where, '--src', archive]),
    pause,
  )
  for (const each of FUNCTIONS[program]) {
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
  throw new Error(
    `${what} failed ${ATTEMPTS} times: see Azure's message above, fix the cause, and run pulumi up again.`,
  )
}
