import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { createProgress } from '../../ckan/progress.ts'
import { installMinistack, startMinistack } from './ministack.ts'

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
  const settings = Object.entries(emulator.env).map(([name, value]) => `export ${name}=${value}\n`)
  process.stdout.write(
    `\nMiniStack answers on ${emulator.url}. In another terminal:\n\n${settings.join('')}\nCtrl-C stops it.\n`,
  )
  const staying = setInterval(() => {}, 60_000)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  clearInterval(staying)
  await emulator.close()
}
