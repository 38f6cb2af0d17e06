import type { Command } from 'commander'
import { common } from './options.ts'
import type { RunCommand } from './work.ts'

/** `quota`: what an organization of the user has and may upload. */
export function addQuotaCommand(program: Command, run: RunCommand): void {
  const quota = program.command('quota').description('Show what an organization has and may upload')
  // The default, so that `quota ORGANIZATION` is enough beside the commands of operators.
  common(quota.command('of', { isDefault: true }).description('Show this organization'))
    .argument('<organization>', 'its id or name')
    .addHelpText('after', '\nExample:\n  ckan-uplink quota city')
    .action((organization, options) =>
      run(options, async (work) => (await import('./quota.ts')).showQuota(organization, work)),
    )
}
