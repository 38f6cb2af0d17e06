import { type Command, Option } from 'commander'
import { common, toMilliseconds } from './options.ts'
import type { RunCommand } from './work.ts'

const LOAD_EXAMPLE = `
Example:
  ckan-uplink load --dataset air-quality --wait

If the loader says complete and CKAN shows no table, the file is loaded again, also if it has not changed.`

const ACTION_EXAMPLES = `
Examples:
  ckan-uplink action package_show id=air-quality
  ckan-uplink action package_patch id=air-quality title="Air quality" private:=true
  ckan-uplink action package_create - < dataset.json`

/** Commands that need CKAN only. They also work with CKAN's own address as the gateway. */
export function addCkanCommands(program: Command, run: RunCommand): void {
  addDatasetCommands(program.command('dataset').description('List and find datasets'), run)
  addTokenCommands(program.command('token').description("List, create and revoke CKAN's API tokens"), run)
  common(
    program
      .command('action')
      .description('Run any action of CKAN or the gateway, and print its result as JSON')
      .argument('<name>')
      .argument('[parameter...]', 'key=text, key:=json, or - for a JSON object on stdin'),
  )
    .addHelpText('after', ACTION_EXAMPLES)
    .action((name, words, options) =>
      run(options, async (work) => (await import('./run-action.ts')).runAction(name, words, work)),
    )
  common(program.command('load').description('Load resources into the DataStore').argument('[resource...]'))
    .option('--dataset <id>', 'all tables of this dataset, by id or name')
    .addOption(new Option('--loader <name>', 'the loader to use').choices(['xloader', 'datapusher']).default('xloader'))
    .option('--wait', 'wait until each resource is loaded', false)
    .addHelpText('after', LOAD_EXAMPLE)
    .action((ids, options) =>
      run(options, async (work) => (await import('./loads.ts')).loadResources(ids, options, work)),
    )
}

function addDatasetCommands(dataset: Command, run: RunCommand): void {
  common(dataset.command('list').description('List all datasets that you may see'))
    .option('--organization <id>', 'only datasets of this organization, by id or name')
    .option('--query <query>', 'search words, or a Solr query such as title:water')
    .addHelpText('after', '\nExample:\n  ckan-uplink dataset list --organization city --json | jq -r .name')
    .action((options) => run(options, async (work) => (await import('./datasets.ts')).listDatasets(options, work)))
  common(dataset.command('find').description('Find the dataset with this title, in any case').argument('<title>'))
    .addHelpText('after', '\nExample:\n  ckan-uplink dataset find "Air quality"')
    .action((title, options) =>
      run(options, async (work) => (await import('./datasets.ts')).showDatasetOf(title, work)),
    )
}

const REVOKE_EXAMPLES = `
Examples:
  ckan-uplink token revoke 2J3qVqkYw0bq0Yf5
  ckan-uplink token revoke --name "nightly upload"
  ckan-uplink token revoke --unused-for 90d --dry-run
  ckan-uplink token revoke --name-like laptop --older-than 30d --yes

A token must match all given options. The token in use can be revoked only by its id. Write -- before an id that begins with -.`

function addTokenCommands(token: Command, run: RunCommand): void {
  common(token.command('list').description('List your tokens by id and name, without their secrets'))
    .option('--user <name>', 'the tokens of this user (for sysadmins)')
    .addHelpText('after', '\nExample:\n  ckan-uplink token list')
    .action((options) => run(options, async (work) => (await import('./tokens.ts')).listTokens(options, work)))
  common(token.command('create').description('Create a token and print only the token to stdout').argument('<name>'))
    .addHelpText('after', '\nExample:\n  (umask 077; ckan-uplink token create "nightly upload" > ~/.ckan-token)')
    .action((name, options) => run(options, async (work) => (await import('./tokens.ts')).createToken(name, work)))
  common(token.command('revoke').description('Revoke tokens by id, or all that match the options').argument('[id...]'))
    .option('--older-than <time>', 'tokens created longer ago, such as 90d', toMilliseconds)
    .option('--unused-for <time>', 'tokens not used for this long', toMilliseconds)
    .option('--name <name>', 'tokens with exactly this name')
    .option('--name-like <text>', 'tokens whose name contains this, in any case')
    .option('--user <name>', 'the tokens of this user (for sysadmins)')
    .option('--dry-run', 'list the tokens that would be revoked', false)
    .option('--yes', 'revoke without asking', false)
    .addHelpText('after', REVOKE_EXAMPLES)
    .action((ids, options) =>
      run(options, async (work) => (await import('./tokens.ts')).revokeTokens(ids, options, work)),
    )
}
