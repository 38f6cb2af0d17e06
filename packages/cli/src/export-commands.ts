import type { Command } from 'commander'
import { common, toHosts } from './options.ts'
import type { RunCommand } from './work.ts'

const EXAMPLES = `
Examples:
  ckan-uplink export --dataset air-quality --output air-quality/
  ckan-uplink export --output portal/ --host files.example.org

Each dataset becomes a Data Package (https://datapackage.org): its files, and a datapackage.json with their checksums.
The same command again fetches only the files that are missing or have changed. Links to other hosts stay links.`

/** The way out: files and metadata in a folder. */
export function addExportCommand(program: Command, run: RunCommand): void {
  common(program.command('export').description('Save datasets with their files as Data Packages in a folder'))
    .requiredOption('--output <folder>', 'where to save them')
    .option('--dataset <id>', 'only this dataset, by id or name (default: each dataset in a folder with its name)')
    .option(
      '--host <name...>',
      'other hosts whose files are saved, such as the public host; they get no token',
      toHosts,
    )
    .addHelpText('after', EXAMPLES)
    .action((options) => run(options, async (work) => (await import('./export.ts')).exportDatasets(options, work)))
}
