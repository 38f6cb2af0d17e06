import type { Progress } from '../ckan/progress.ts'
import { installProject } from '../infra/install.ts'

/** Installs Azurite for test/live/azure, which stops it itself. */
export async function install(progress: Progress): Promise<void> {
  await progress.step('Azurite', () => installProject('test/live/azure/'))
}
