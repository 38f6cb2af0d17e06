import type { Command } from 'commander'
import { common, toBytes, toCount, toMilliseconds } from './options.ts'
import type { RunCommand } from './work.ts'

const CREATE_EXAMPLE = `
Example:
  ckan-uplink link create --dataset city-budget --expires-in 14d --files 3 --bytes 2GB --note "The budget of 2026, please."

The address is printed once. Everybody who has it can use it. The files wait until somebody accepts them.`

/** Commands for links by which people without an account deliver files, and for the files. */
export function addLinkCommands(program: Command, run: RunCommand): void {
  const links = program
    .command('link')
    .description('Create and revoke upload links, and decide about the files that came by them')

  common(links.command('create').description('Create a link for people without an account'))
    .option('--dataset <dataset>', 'its id or name: each file becomes a new resource')
    .option('--resource <id>', 'in place of --dataset: the file replaces the file of this resource')
    .option('--expires-in <time>', 'how long it works, at most 30d', toMilliseconds, toMilliseconds('7d'))
    .option('--files <number>', 'how many uploads may begin', toCount, 1)
    .option('--bytes <size>', 'the size of all files together', toBytes, toBytes('1GB'))
    .option('--note <text>', 'what the page tells the people who use the link')
    .option('--publish', 'link the files without a decision', false)
    .addHelpText('after', CREATE_EXAMPLE)
    .action((options) => run(options, async (work) => (await import('./links.ts')).createLink(options, work)))

  common(
    links.command('list').description('List the links of a dataset').argument('<dataset>', 'its id or name'),
  ).action((dataset, options) => run(options, async (work) => (await import('./links.ts')).listLinks(dataset, work)))

  common(links.command('revoke').description('End links at once').argument('<link...>', 'ids of links')).action(
    (ids, options) => run(options, async (work) => (await import('./links.ts')).revokeLinks(ids, work)),
  )

  common(
    links
      .command('files')
      .description('List the files that wait for a decision')
      .argument('<dataset>', 'its id or name'),
  ).action((dataset, options) => run(options, async (work) => (await import('./links.ts')).listFiles(dataset, work)))

  common(links.command('accept').description('Let CKAN show files').argument('<upload...>', 'ids of uploads')).action(
    (ids, options) => run(options, async (work) => (await import('./links.ts')).acceptFiles(ids, options, work)),
  )

  common(links.command('refuse').description('Refuse files for good').argument('<upload...>', 'ids of uploads'))
    .requiredOption('--reason <text>', 'the reason, which stays in the record')
    .action((ids, options) =>
      run(options, async (work) => (await import('./links.ts')).refuseFiles(ids, options, work)),
    )
}
