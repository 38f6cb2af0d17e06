import { styleText } from 'node:util'
import { toCount } from '@ckan-uplink/cli'
import type { Command } from 'commander'
import { type Finding, runChecks } from '../doctor/check.ts'
import { checksOf, type DoctorOptions } from '../doctor/doctor.ts'
import { type CommonOptions, common, type RunOn, type Work } from './context.ts'

const HELP = `
Puts a small object below the key prefix, under the id of a resource that there is not, and waits until the linker has parked it;
both are removed again, and no dataset is touched. --no-probe leaves it out.

Examples:
  npm run uplink -- doctor
  npm run uplink -- doctor --env production --no-probe`

const NAME_WIDTH = 24

/** `doctor`: looks at the environment from end to end. */
export function addDoctor(program: Command, runOn: RunOn): void {
  common(
    program
      .command('doctor')
      .description('Look at an environment from end to end, and say what to do about what is wrong'),
  )
    .option('--reach <url>', 'where the gateway is reached from here, if not at its address')
    .option('--no-probe', 'put nothing below the key prefix')
    .option('--timeout <seconds>', 'how long to wait for the linker', toCount, 120)
    .addHelpText('after', HELP)
    .action((options: DoctorOptions & CommonOptions) => runOn(options, (work) => examine(work, options)))
}

/** Gives how many things are wrong. */
async function examine(work: Work, options: DoctorOptions & CommonOptions): Promise<number> {
  let failures = 0
  for await (const finding of runChecks(checksOf(work, options))) {
    if (finding.state === 'wrong') failures += 1
    console.log(options.json ? JSON.stringify(finding) : toLines(finding))
  }
  return failures
}

const MARKS = { right: ['green', '✔'], hint: ['yellow', '•'], wrong: ['red', '✘'] } as const

function toLines(finding: Finding): string {
  const [colour, mark] = MARKS[finding.state]
  const line = `${styleText(colour, mark, { stream: process.stdout })} ${finding.check.padEnd(NAME_WIDTH)} ${finding.found}`
  return finding.state === 'wrong' ? `${line}\n  ${' '.repeat(NAME_WIDTH)} → ${finding.what_to_do}` : line
}
