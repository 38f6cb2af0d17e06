import { styleText } from 'node:util'
import { toCount } from '@ckan-uplink/cli'
import type { Command } from 'commander'
import { type CheckReport, runChecks } from '../doctor/check.ts'
import { checksOf, type DoctorOptions } from '../doctor/doctor.ts'
import { addCommonOptions, type CommandContext, type CommonOptions, type RunOn } from './command-context.ts'

const HELP = `
The probe puts a small object below the key prefix, under the id of a resource that does not exist. It waits until the
linker has parked the notification, and then removes both. It changes no dataset. --no-probe skips it.

Examples:
  npm run uplink -- doctor
  npm run uplink -- doctor --env production --no-probe`

const NAME_WIDTH = 24

/** `doctor`: checks the environment from end to end. */
export function addDoctor(program: Command, runOn: RunOn): void {
  addCommonOptions(
    program.command('doctor').description('Check an environment from end to end, and say how to fix each fault'),
  )
    .option('--reach <url>', 'address of the gateway as seen from this machine, if it differs')
    .option('--no-probe', 'do not upload the probe')
    .option('--timeout <seconds>', 'seconds to wait for the linker', toCount, 120)
    .addHelpText('after', HELP)
    .action((options: DoctorOptions & CommonOptions) => runOn(options, (context) => examine(context, options)))
}

/** Returns the number of faults. */
async function examine(context: CommandContext, options: DoctorOptions & CommonOptions): Promise<number> {
  let failures = 0
  for await (const report of runChecks(checksOf(context, options))) {
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
