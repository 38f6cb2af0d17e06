import { styleText } from 'node:util'
import { clientFrom } from '@ckan-uplink/ckan'
import { toCount, UsageError } from '@ckan-uplink/cli'
import type { Command } from 'commander'
import { type Check, type CheckReport, runChecks } from '../doctor/check.ts'
import { ckanAddressCheck } from '../doctor/ckan-address-check.ts'
import { checksOf, type DoctorOptions } from '../doctor/doctor.ts'
import type { FindDeployment } from '../open-environment.ts'
import { addCommonOptions, type CommonOptions, type RunOn } from './command-context.ts'

const HELP = `
The probe puts a small object below the key prefix, under the id of a resource that does not exist. It waits until the
linker has parked the notification, and then removes both. It changes no dataset. --no-probe skips it.

Examples:
  npm run uplink -- doctor
  npm run uplink -- doctor --env production --no-probe
  npm run uplink -- doctor --env production --before-deploy`

const NAME_WIDTH = 24

type DoctorCommandOptions = DoctorOptions & CommonOptions & { readonly beforeDeploy: boolean }

/** What the doctor needs before there is a deployment. */
export interface DoctorContext {
  readonly find: FindDeployment
  /** Sets the exit code by the number of faults. */
  settleWith(command: () => Promise<number>): Promise<void>
}

/** `doctor`: checks the environment from end to end. */
export function addDoctor(program: Command, runOn: RunOn, { find, settleWith }: DoctorContext): void {
  addCommonOptions(
    program.command('doctor').description('Check an environment from end to end, and say how to fix each fault'),
  )
    .option('--reach <url>', 'address of the gateway as seen from this machine, if it differs')
    .option('--before-deploy', 'check only what the deployment needs: credentials, CKAN, secret, names, quotas', false)
    .option('--no-probe', 'do not upload the probe')
    .option('--timeout <seconds>', 'seconds to wait for the linker', toCount, 120)
    .addHelpText('after', HELP)
    .action((options: DoctorCommandOptions) =>
      options.beforeDeploy
        ? settleWith(async () => examine(await checksBeforeDeploy(find, options), options))
        : runOn(options, (context) => examine(checksOf(context, options), options)),
    )
}

/** Nothing of the environment has to exist yet. */
async function checksBeforeDeploy(find: FindDeployment, options: CommonOptions): Promise<readonly Check[]> {
  const name = options.env ?? process.env['UPLINK_ENV']
  if (!name) throw new UsageError('No environment is chosen: give --env or UPLINK_ENV with a name in environments.ts.')
  const { settings, beforeDeploy } = find(name)
  const ofCloud = await beforeDeploy?.(clientFrom(settings), process.env)
  return [ckanAddressCheck(settings), ...(ofCloud ?? [])]
}

/** Returns the number of faults. */
async function examine(checks: readonly Check[], options: CommonOptions): Promise<number> {
  let failures = 0
  for await (const report of runChecks(checks)) {
    if (report.state === 'wrong') failures += 1
    console.log(options.json ? JSON.stringify(report) : toLines(report))
  }
  return failures
}

const MARKS = { right: ['green', '✔'], hint: ['yellow', '•'], wrong: ['red', '✘'] } as const

function toLines(report: CheckReport): string {
  const [colour, mark] = MARKS[report.state]
  const line = `${styleText(colour, mark, { stream: process.stdout })} ${report.check.padEnd(NAME_WIDTH)} ${report.found}`
  return report.state === 'wrong' ? `${line}\n  ${' '.repeat(NAME_WIDTH)} → ${report.what_to_do}` : line
}
