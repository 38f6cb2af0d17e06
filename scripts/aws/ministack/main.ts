import { parseArgs } from 'node:util'
import { createProgress } from '../../ckan/progress.ts'
import { installMinistack, type Ministack, programOf, startMinistack } from './ministack.ts'
import { untilInterrupted } from './until-interrupted.ts'

const HELP = `An emulator of AWS on this machine, to deploy to without an account. Ctrl-C stops it and deletes its data.

  npm run ministack                  HTTP, and every request is allowed
  npm run ministack -- --strict      HTTPS, and IAM, bucket policies, CORS and signatures are enforced

It prints the variables for the terminal from which you deploy. An access key of twelve digits is the account with that
number: set AWS_ACCESS_KEY_ID to the accountId of your entry in environments.ts. Create the secret first, as
docs/deploy/aws.md says.

`

const { values } = parseArgs({
  options: { strict: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
})
if (values.help) process.stdout.write(HELP)
else await run()

async function run(): Promise<void> {
  const progress = createProgress(process.stdout)
  await progress.step('MiniStack, the AWS CLI, boto3', installMinistack)
  const emulator = await startMinistack(values.strict ? 'strict' : 'plain', 'ministack')
  process.stdout.write(describe(emulator))
  await untilInterrupted()
  await emulator.close()
}

/** The lines to copy. Each API has an address on the emulator, because the host of its own address is at AWS. */
function describe({ url, env, certificate }: Ministack): string {
  const settings = Object.entries(env).map(([name, value]) => `export ${name}=${value}`)
  const api = `${programOf('aws')} apigatewayv2 get-apis --query 'Items[0].ApiId' --output text`
  const curl = certificate === undefined ? 'curl' : `curl --cacert ${certificate}`
  return `
MiniStack answers on ${url}. In another terminal, before you deploy:

${settings.join('\n')}

The gateway, once it is deployed:

gateway=${url}/_aws/execute-api/$(${api})
${curl} "$gateway/readyz"
npm run uplink -- doctor --env production --reach "$gateway"

Ctrl-C stops it.
`
}
