import { UsageError } from '@ckan-uplink/cli'
import type { ShownDataset, Work } from '@ckan-uplink/cli/migrate'
import { messageOf } from '@ckan-uplink/core'
import { type Command, Option } from 'commander'
import { IMAGE_KEYS, LAYOUTS } from '../migrate/layouts.ts'
import type { Move } from '../migrate/move.ts'
import { addCommonOptions, type CommandContext, type CommonOptions, type RunOn, toPrefix } from './command-context.ts'
import { requireSysadmin } from './require-sysadmin.ts'

const HELP = `
Files of another uploader that are in a bucket already move by a copy inside the store. Layouts: s3filestore and cloudstorage
(resources/<id>/<name>), files (CKAN 2.12 and ckanext-files), api_uploads (plain keys of the first version). --path is the prefix
that the uploader was given. Without --bucket it reads the deployment's own bucket. With --endpoint it reads another store by the
protocol of S3, with the key in SOURCE_ACCESS_KEY_ID and SOURCE_SECRET_ACCESS_KEY; the bytes then pass through this machine.
Without --dataset, images of organizations, groups and users move too, if s3filestore has put them into the bucket.

Without --fix it changes nothing and lists the files. After a crash, a kill or Ctrl-C, run the same command again. A change of a
person always stays. Nothing is removed from the former bucket. It needs the token of a sysadmin.

Examples:
  npm run uplink -- migrate-bucket --from s3filestore --bucket old-files --path ckan
  npm run uplink -- migrate-bucket --from s3filestore --bucket old-files --path ckan --dataset air-quality --fix
  npm run uplink -- migrate-bucket --undo ckan-uplink-moved.jsonl --bucket old-files --fix`

interface MigrateOptions extends CommonOptions {
  readonly from?: keyof typeof LAYOUTS
  readonly bucket?: string
  readonly path: string
  readonly endpoint?: string
  readonly storage?: string
  readonly dataset?: readonly string[]
  readonly private: boolean
  readonly journal: string
  readonly undo?: string
  readonly fix: boolean
}

/** `migrate-bucket`: files of another uploader move to the bucket. */
export function addMigrateBucket(program: Command, runOn: RunOn): void {
  addCommonOptions(
    program.command('migrate-bucket').description('Move files that another uploader has put into a bucket'),
  )
    .addOption(new Option('--from <layout>', 'how the other uploader names its files').choices(Object.keys(LAYOUTS)))
    .option('--bucket <name>', "the other uploader's bucket (default: the bucket of the environment)")
    .option('--path <prefix>', 'what its keys begin with', toPrefix, '')
    .option('--endpoint <url>', 'the S3 endpoint of another store')
    .option('--storage <name>', "the storage of CKAN's files that keeps them in this bucket, for the layout files")
    .option('--dataset <id...>', 'only these datasets, by id or name')
    .option('--private', 'move tables of private datasets, which loaders then cannot read without the plugin', false)
    .option('--journal <file>', 'where to note what CKAN showed before', 'ckan-uplink-moved.jsonl')
    .option('--undo <journal>', 'put the URLs back that CKAN showed before')
    .option('--fix', 'move the files, or put the URLs back', false)
    .addHelpText('after', HELP)
    .action((options: MigrateOptions) => runOn(options, (context) => run(options, context)))
}

async function run(options: MigrateOptions, context: CommandContext): Promise<number> {
  await requireSysadmin(context)
  const { cloud, linkDeps } = context
  const bucket = options.bucket ?? linkDeps.settings.bucket
  const source =
    options.endpoint === undefined
      ? cloud.openSource(bucket)
      : (await import('../clouds/s3.ts')).openOtherStore(options.endpoint, bucket, process.env)
  const { connectionTo, undoMove, lastEntries } = await import('@ckan-uplink/cli/migrate')
  const { client, token, printer, signal } = context
  const work = { ...connectionTo(linkDeps.settings.ckanUrl, token, client.tokenHeader), printer, signal }
  if (options.undo !== undefined) {
    const hasSource = async ({ key, etag }: { readonly key: string; readonly etag: string }) =>
      (await source.store.head(key))?.etag === etag
    return undoMove(options.undo, { fix: options.fix, hasSource }, work)
  }
  if (options.from === undefined)
    throw new UsageError(`Give --from with the layout of the bucket: ${Object.keys(LAYOUTS).join(', ')}.`)
  const move: Move = {
    layout: LAYOUTS[options.from],
    // As with `migrate`, chosen datasets move without images.
    imageKey: options.dataset === undefined ? IMAGE_KEYS[options.from] : undefined,
    path: options.path,
    sites: options.from === 'files' ? [await siteOf(work)] : [],
    storage: options.storage,
    source,
    includePrivate: options.private,
    importer: cloud.importer,
    linkDeps,
    journal: options.journal,
    former: await lastEntries(options.journal),
    work,
  }
  const datasets = datasetsOf(options.dataset ?? [], work)
  if (options.fix) return moveAll(datasets, move)
  const { printPlan } = await import('../migrate/plan.ts')
  await printPlan(datasets, move)
  return 0
}

async function siteOf({ uplink, signal }: Work): Promise<string> {
  const { site_url: site } = await uplink.action<{ readonly site_url: string }>('status_show', {}, { signal })
  if (!URL.canParse(site)) throw new UsageError(`CKAN's option ckan.site_url is no URL: ${JSON.stringify(site)}.`)
  return new URL(site).origin
}

async function* datasetsOf(ids: readonly string[], work: Work): AsyncGenerator<ShownDataset, void> {
  const { showDataset } = await import('@ckan-uplink/cli/migrate')
  const { uplink, signal } = work
  for (const id of ids) yield await showDataset<ShownDataset>(id, work)
  if (ids.length === 0)
    yield* uplink.datasets({ drafts: true, signal }) as AsyncIterable<unknown> as AsyncIterable<ShownDataset>
}

async function moveAll(datasets: AsyncIterable<ShownDataset>, move: Move): Promise<number> {
  const { printer, signal } = move.work
  const { moveDataset } = await import('../migrate/move-dataset.ts')
  const { toBytesText } = await import('@ckan-uplink/cli/migrate')
  const sum = { files: 0, bytes: 0, failures: 0 }
  for await (const { id, name } of datasets) {
    const own = { files: 0, bytes: 0 }
    try {
      for await (const { file, reason } of moveDataset(id, move)) {
        if (reason === undefined) {
          own.files += 1
          own.bytes += file.object.size
        } else {
          sum.failures += 1
          printer.failure({ dataset: name, resource: file.resource.id, reason }, `${name}  ${file.key}`)
        }
      }
    } catch (thrown) {
      signal.throwIfAborted()
      sum.failures += 1
      printer.failure({ dataset: name, reason: messageOf(thrown) }, name)
    }
    sum.files += own.files
    sum.bytes += own.bytes
    if (own.files > 0)
      printer.result({ dataset: name, ...own }, `${name}  ${own.files} files  ${toBytesText(own.bytes)}`)
  }
  const images = await moveAllImages(move)
  sum.failures += images.failures
  printer.result(
    { ...sum, images: images.moved, journal: move.journal },
    `Moved ${sum.files} files (${toBytesText(sum.bytes)})${images.moved > 0 ? ` and ${images.moved} images` : ''}. To undo it: migrate-bucket --undo ${move.journal} --fix, with the same --bucket`,
  )
  return sum.failures
}

async function moveAllImages(move: Move): Promise<{ readonly moved: number; readonly failures: number }> {
  const { moveImages } = await import('../migrate/move-images.ts')
  let [moved, failures] = [0, 0]
  for await (const { image, reason } of moveImages(move)) {
    const { type, owner, imageUrl } = image
    if (reason === undefined) moved += 1
    else {
      failures += 1
      move.work.printer.failure({ [type]: owner, image: imageUrl, reason }, `${type} ${owner}  ${imageUrl}`)
    }
  }
  return { moved, failures }
}
