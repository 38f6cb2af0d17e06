import { exitWith } from '../../scripts/infra/exit-with.ts'
import { installInfra } from '../../scripts/infra/install.ts'
import { run } from '../../scripts/infra/run.ts'

/** The app in `cdk.json`. It installs the app's packages first, so that `cdk deploy` works on a fresh clone. */
async function main(): Promise<number> {
  await installInfra('aws')
  return run(['node', '-C', 'source', 'infra/aws/app.ts'])
}

await exitWith(main())
