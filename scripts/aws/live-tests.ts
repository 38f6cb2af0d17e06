import type { Progress } from '../ckan/progress.ts'
import { installInfra } from '../infra/install.ts'
import { installMinistack, stopMinistack } from './ministack/ministack.ts'

/** Installs the tools of test/live/aws. */
export async function install(progress: Progress): Promise<void> {
  await progress.step('MiniStack, the AWS CLI, boto3', installMinistack)
  await installInfra('aws')
}

/** Stops an emulator that an interrupted test has left running. */
export async function stop(): Promise<void> {
  await stopMinistack()
}
