import { type Command, Option } from 'commander'
import { listDatasets, showDatasetOf } from './datasets.ts'
import { loadResources } from './loads.ts'
import { common, toMilliseconds } from './options.ts'
import { createToken, listTokens, revokeTokens } from './tokens.ts'
import type { RunCommand } from './work.ts'

/** What users do in CKAN itself; a CKAN's own address will do as the gateway. */
export function addCkanCommands(program: Command, run: RunCommand): void {
  addDatasetCommands(program.command('dataset').description('List and find datasets'), run)
  addTokenCommands(program.command('token').description("List, create and revoke CKAN's API tokens"), run)
  common(program.command('load').description('Have resources loaded into the DataStore').argument('[resource...]'))
    .option('--dataset <id>', 'all tables of this dataset, by id or name')
    .addOption(
      new Option('--loader <name>', 'which loader to ask').choices(['xloader', 'datapusher']).default('xloader'),
    )
    .option('--wait', 'wait until each is loaded', false)
    .addHelpText('after', '\nExample:\n  ckan-uplink load --dataset air-quality --wait')
    .action((ids, options) => run(options, (work) => loadResources(ids, options, work)))
}

function addDatasetCommands(dataset: Command, run: RunCommand): void {
  common(dataset.command('list').description('List all datasets that you may see'))
    .option('--organization <id>', 'those of this organization, by id or name')
    .option('--query <query>', "in words, or in Solr's such as title:water")
    .addHelpText('after', '\nExample:\n  ckan-uplink dataset list --organization city --json | jq -r .name')
    .action((options) => run(options, (work) => listDatasets(options, work)))
  common(dataset.command('find').description('Find the dataset of exactly this title').argument('<title>'))
    .addHelpText('after', '\nExample:\n  ckan-uplink dataset find "Air quality"')
    .action((title, options) => run(options, (work) => showDatasetOf(title, work)))
}

const REVOKE_EXAMPLES = `
Examples:
  ckan-uplink token revoke 2J3qVqkYw0bq0Yf5
  ckan-uplink token revoke --unused-for 90d --dry-run
  ckan-uplink token revoke --name-like laptop --older-than 30d --yes

What is described has to fit in every respect. The token in use is revoked by its id only. An id that begins with - goes behind --.`

function addTokenCommands(token: Command, run: RunCommand): void {
  common(token.command('list').description('List your tokens, never the tokens themselves'))
    .option('--user <name>', "a sysadmin's: those of this user")
    .addHelpText('after', '\nExample:\n  ckan-uplink token list')
    .action((options) => run(options, (work) => listTokens(options, work)))
  common(token.command('create').description('Create a token; it is all that goes to stdout').argument('<name>'))
    .addHelpText('after', '\nExample:\n  (umask 077; ckan-uplink token create "nightly upload" > ~/.ckan-token)')
    .action((name, options) => run(options, (work) => createToken(name, work)))
  common(token.command('revoke').description('Revoke tokens by their ids, or all that fit').argument('[id...]'))
    .option('--older-than <time>', 'created longer ago, such as 90d', toMilliseconds)
    .option('--unused-for <time>', 'not used for so long', toMilliseconds)
    .option('--name-like <text>', 'whose name holds this, in capitals or not')
    .option('--user <name>', "a sysadmin's: those of this user")
    .option('--dry-run', 'list what would be revoked', false)
    .option('--yes', 'revoke without asking', false)
    .addHelpText('after', REVOKE_EXAMPLES)
    .action((ids, options) => run(options, (work) => revokeTokens(ids, options, work)))
}
