import { exitWith, installInfra, run } from '../../scripts/infra/run.ts'

/** The app that `cdk.json` names. It installs the app's packages first, so that a bare `cdk deploy` works on a fresh clone. */
async function main(): Promise<number> {
  await installInfra('aws')
  return run(['node', '-C', 'source', 'infra/aws/app.ts'])
}

await exitWith(main())
