import { toHosts } from '@ckan-uplink/cli'
import type { Command } from 'commander'
import {
  addCommonOptions,
  type CommandContext,
  type CommonOptions,
  failuresOrStopped,
  type RunOn,
  toPrefix,
} from './command-context.ts'

const HELP = `
Saves datasets with their files as Data Packages in a bucket of any store with the protocol of S3, each below --path and its name.
It sees what the token sees. Set TARGET_ACCESS_KEY_ID and TARGET_SECRET_ACCESS_KEY to a key that reads and writes that bucket.
Each file passes through this machine. The same command again sends only the files that are missing or have changed.

Examples:
  npm run uplink -- export-bucket --endpoint https://s3.eu-central-1.amazonaws.com --bucket archive --path portal
  npm run uplink -- export-bucket --endpoint https://s3.example.org --bucket archive --dataset air-quality`

interface ExportOptions extends CommonOptions {
  readonly endpoint: string
  readonly bucket: string
  readonly path: string
  readonly dataset?: string
  readonly host?: readonly string[]
}

/** `export-bucket`: files and metadata in another bucket. */
export function addExportBucket(program: Command, runOn: RunOn): void {
  addCommonOptions(
    program.command('export-bucket').description('Save datasets with their files as Data Packages in another bucket'),
  )
    .requiredOption('--endpoint <url>', 'the S3 endpoint of the store')
    .requiredOption('--bucket <name>', 'the bucket')
    .option('--path <prefix>', 'what the keys begin with', toPrefix, '')
    .option('--dataset <id>', 'only this dataset, by id or name')
    .option(
      '--host <name...>',
      'other hosts whose files are saved, such as the public host; they get no token',
      toHosts,
    )
    .addHelpText('after', HELP)
    .action((options: ExportOptions) => runOn(options, (context) => run(options, context)))
}

async function run({ endpoint, bucket, path, dataset, host = [] }: ExportOptions, context: CommandContext) {
  const { client, token, printer, signal, linkDeps } = context
  const [{ openTarget }, { connectionTo, showDataset }, { createFetchFile }, { exportToBucket }] = await Promise.all([
    import('../clouds/s3.ts'),
    import('@ckan-uplink/cli/migrate'),
    import('@ckan-uplink/cli/export'),
    import('../export/export-to-bucket.ts'),
  ])
  const target = openTarget(endpoint, bucket, process.env)
  const work = { ...connectionTo(linkDeps.settings.gatewayUrl, token, client.tokenHeader), printer, signal }
  const fetchFile = await createFetchFile(work, host)
  const one = async (id: string) => [await showDataset<{ readonly id: string; readonly name: string }>(id, work)]
  const datasets = dataset === undefined ? work.uplink.datasets({ signal }) : await one(dataset)
  let failures = 0
  for await (const { id, name } of datasets)
    failures += await exportToBucket(id, `${path}${name}/`, { fetchFile, target, work })
  return failuresOrStopped(failures, signal)
}
