import type { Progress } from '../ckan/progress.ts'
import { installInfra } from '../infra/run.ts'
import { installMinistack, stopMinistack } from './ministack/ministack.ts'

/** Installs what test/live/aws needs. */
export async function install(progress: Progress): Promise<void> {
  await progress.step('MiniStack, the AWS CLI, boto3', installMinistack)
  await installInfra('aws')
}

/** Ends the emulator that an interrupted test has left running. */
export async function stop(): Promise<void> {
  await stopMinistack()
}
