import { exitWith, installInfra, run } from '../../scripts/infra/run.ts'

/** What `cdk.json` names as the app: it installs what the app needs, so that a bare `cdk deploy` works on a fresh clone. */
async function main(): Promise<number> {
  await installInfra('aws')
  return run(['node', '-C', 'source', 'infra/aws/app.ts'])
}

await exitWith(main())
