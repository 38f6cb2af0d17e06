import { rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createProgress } from '../../ckan/progress.ts'
import { installMinistack, type Ministack, programOf, startMinistack } from './ministack.ts'
import { untilInterrupted } from './until-interrupted.ts'

const HELP = `An emulator of AWS on this machine, to deploy to without an account. Ctrl-C stops it and deletes its data.

  npm run ministack                  HTTP, and every request is allowed
  npm run ministack -- --strict      HTTPS, and IAM, bucket policies, CORS and signatures are enforced

It writes .local/ministack.env for the terminal from which you deploy: the variables, the AWS CLI on the path, and the
function gateway, which prints the address of the deployed gateway. docs/deploy/aws.md has the commands. An access key of
twelve digits is the account with that number: for an entry with another accountId, change AWS_ACCESS_KEY_ID.

`

const VARIABLES = fileURLToPath(new URL('../../../.local/ministack.env', import.meta.url))

const { values } = parseArgs({
  options: { strict: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
})
if (values.help) process.stdout.write(HELP)
else await run()

async function run(): Promise<void> {
  const progress = createProgress(process.stdout)
  await progress.step('MiniStack, the AWS CLI, boto3', installMinistack)
  const emulator = await startMinistack(values.strict ? 'strict' : 'plain', 'ministack')
  await writeFile(VARIABLES, variablesOf(emulator))
  process.stdout.write(describe(emulator))
  await untilInterrupted()
  await rm(VARIABLES)
  await emulator.close()
}

/** For `.` in a POSIX shell. An API has an address on the emulator, because the host of its own address is at AWS. */
function variablesOf({ url, env }: Ministack): string {
  const settings = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`)
  const api = `aws apigatewayv2 get-apis --query 'Items[0].ApiId' --output text`
  return `${settings.join('\n')}
export PATH='${dirname(programOf('aws'))}':"$PATH"
gateway() { echo "${url}/_aws/execute-api/$(${api})"; }
`
}

function describe({ url, certificate }: Ministack): string {
  const curl = certificate === undefined ? 'curl' : `curl --cacert ${certificate}`
  return `
MiniStack answers on ${url}. In another terminal, before you deploy as docs/deploy/aws.md says ("A trial without an account"):

. .local/ministack.env

The gateway, once it is deployed:

${curl} "$(gateway)/readyz"
npm run uplink -- doctor --env trial --reach "$(gateway)"

Ctrl-C stops it.
`
}
