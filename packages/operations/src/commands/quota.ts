import { printRows, type Row, UsageError } from '@ckan-uplink/cli'
import { messageOf } from '@ckan-uplink/core'
import { countQuotas } from '@ckan-uplink/core/operations'
import {
  hasQuotas,
  organizationsWithQuotas,
  type Quota,
  type QuotaLimits,
  readQuota,
  writeLimits,
} from '@ckan-uplink/core/uploads'
import { type Command, InvalidArgumentError } from 'commander'
import { addCommonOptions, type CommandContext, type CommonOptions, type RunOn } from './command-context.ts'
import { requireSysadmin } from './require-sysadmin.ts'

const HELP = `
Shows the files and bytes of each organization, and its limits. The sum is what CKAN showed at the last nightly count,
and what uploads have reserved since. The limits are quotaBytes and quotaFiles of the environment, unless an
organization has limits of its own. Organizations are named by their ids.

Examples:
  npm run uplink -- quota show --env production
  npm run uplink -- quota count                        counts now; needs a sysadmin's token
  npm run uplink -- quota set ORGANIZATION_ID --bytes 50000000000 --files none
  npm run uplink -- quota unset ORGANIZATION_ID`

/** Commander stores an option whose parser returns null as an empty text. */
type Limit = number | 'none'

interface SetOptions extends CommonOptions {
  readonly bytes?: Limit
  readonly files?: Limit
}

/** `quota`: what organizations have and may have. */
export function addQuota(program: Command, runOn: RunOn): void {
  // Users have `quota ORGANIZATION`.
  const quota = program.commands.find((command) => command.name() === 'quota') ?? program.command('quota')
  quota.description('Show and set how much each organization may upload')
  quota.addHelpText('after', HELP)
  addCommonOptions(quota.command('show').description('Show what each organization has and may have')).action(
    (options: CommonOptions) => runOn({ ...options, withoutCkan: true }, showQuotas),
  )
  addCommonOptions(quota.command('count').description('Count the files that CKAN shows now')).action(
    (options: CommonOptions) => runOn(options, count),
  )
  addCommonOptions(quota.command('set <organization>').description('Give an organization limits of its own'))
    .option('--bytes <number>', 'largest sum of bytes, or none', toLimit)
    .option('--files <number>', 'largest number of files, or none', toLimit)
    .action((organization: string, options: SetOptions) =>
      runOn({ ...options, withoutCkan: true }, (context) => set(context, organization, limitsOf(options))),
    )
  addCommonOptions(quota.command('unset <organization>').description('Give it the limits of the environment')).action(
    (organization: string, options: CommonOptions) =>
      runOn({ ...options, withoutCkan: true }, (context) => set(context, organization, undefined)),
  )
}

function toLimit(text: string): Limit {
  if (text === 'none') return text
  if (/^(?:0|[1-9]\d{0,14})$/u.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number, or none.')
}

function limitsOf({ bytes, files }: SetOptions): QuotaLimits {
  if (bytes === undefined && files === undefined) throw new UsageError('Give --bytes, --files or both.')
  const limitOf = (limit: Limit) => (limit === 'none' ? null : limit)
  return {
    ...(bytes !== undefined && { bytes: limitOf(bytes) }),
    ...(files !== undefined && { files: limitOf(files) }),
  }
}

async function showQuotas({ printer, linkDeps: { settings, store, clock } }: CommandContext): Promise<number> {
  warnIfOff(settings)
  async function* rows(): AsyncGenerator<Row> {
    for await (const organization of organizationsWithQuotas(store))
      yield toRow(organization, await readQuota(store, settings, organization, clock.now()))
  }
  await printRows(printer, ['organization', 'bytes', 'of', 'files', 'of', 'counted'], rows())
  return 0
}

async function count(context: CommandContext): Promise<number> {
  const { printer, linkDeps, lister } = context
  warnIfOff(linkDeps.settings)
  await requireSysadmin(context)
  try {
    const organizations = await countQuotas({ ...linkDeps, lister })
    printer.result({ organizations }, `The files of ${organizations} organizations are counted.`)
    return 0
  } catch (thrown) {
    printer.failure({ reason: messageOf(thrown) }, 'count')
    return 1
  }
}

async function set(context: CommandContext, organization: string, limits: QuotaLimits | undefined): Promise<number> {
  const { settings, store, clock } = context.linkDeps
  warnIfOff(settings)
  await writeLimits(store, organization, limits)
  const quota = await readQuota(store, settings, organization, clock.now())
  if (limits !== undefined && quota.used.at === undefined) console.error(NOT_COUNTED)
  const { result, cells } = toRow(organization, quota)
  context.printer.result(result, `${organization}  ${cells[1]} of ${cells[2]} bytes, ${cells[3]} of ${cells[4]} files`)
  return 0
}

const NOT_COUNTED =
  'This organization is not counted yet. Limits hold for the id of an organization, not for its name: see quota show.'

function warnIfOff(settings: Parameters<typeof hasQuotas>[0]): void {
  if (!hasQuotas(settings))
    console.error('Quotas are off in this environment: set quotaBytes or quotaFiles, and deploy.')
}

function toRow(organization: string, { limits, used, reserved }: Quota): Row {
  const bytes = used.bytes + reserved.bytes
  const files = used.files + reserved.files
  const cells = [bytes, limits.bytes ?? 'any', files, limits.files ?? 'any', used.at ?? 'never']
  return { result: { organization, limits, used, reserved }, cells: [organization, ...cells.map(String)] }
}
