import { printRows, type Row, UsageError } from '@ckan-uplink/cli'
import { messageOf } from '@ckan-uplink/core'
import {
  callLinker,
  endWaiting,
  readRecord,
  readVerdict,
  recordIdOf,
  uploadKeyOf,
  versionOf,
  waitingFiles,
  writeVerdict,
} from '@ckan-uplink/core/uploads'
import { type Command, InvalidArgumentError } from 'commander'
import type { ClamdAddress } from '../scan/clamd.ts'
import type { Scanned } from '../scan/scan-waiting.ts'
import {
  addCommonOptions,
  type CommandContext,
  type CommonOptions,
  failuresOrStopped,
  type RunOn,
} from './command-context.ts'

const HELP = `
With "scanner: clamav" in the entry, the linker links a file only when ClamAV has found it clean. This command reads the
files that wait, streams them to clamd and stores what it says. The linker then links the clean files and withdraws the
others. Keep it running with --watch, near clamd; two of them do no harm. It needs the bucket, and no token of CKAN.
With "scanner: platform" there is nothing to run.

Examples:
  npm run uplink -- scan run --watch --env production --clamd 127.0.0.1:3310
  npm run uplink -- scan list                          which files wait, and since when
  npm run uplink -- scan accept UPLOAD_ID --reason "An archive with a password, checked by hand."`

const DEBIANS_CLAMD = '/run/clamav/clamd.ctl'

interface RunOptions extends CommonOptions {
  readonly watch: boolean
  readonly clamd: ClamdAddress
}

interface AcceptOptions extends CommonOptions {
  readonly reason: string
}

/** `scan`: virus scans of the files that wait for them. */
export function addScan(program: Command, runOn: RunOn): void {
  const scan = program.command('scan').description('Scan files for viruses before they are linked')
  scan.addHelpText('after', HELP)
  addCommonOptions(scan.command('run').description('Scan the files that wait'))
    .option('--watch', 'go on with the files that arrive, until Ctrl-C', false)
    .option('--clamd <address>', 'a host with port, or the path of a socket', toAddress, { path: DEBIANS_CLAMD })
    .action((options: RunOptions) => runOn({ ...options, withoutCkan: true }, (context) => run(context, options)))
  addCommonOptions(scan.command('list').description('List the files that wait')).action((options: CommonOptions) =>
    runOn({ ...options, withoutCkan: true }, list),
  )
  addCommonOptions(
    scan
      .command('accept <upload>')
      .description('Have a file linked that cannot be scanned, by the id of its upload or its key'),
  )
    .requiredOption('--reason <text>', 'why it is safe')
    .action((upload: string, options: AcceptOptions) =>
      runOn({ ...options, withoutCkan: true }, (context) => accept(context, upload, options)),
    )
}

/** A path has a slash. */
function toAddress(text: string): ClamdAddress {
  if (text.includes('/')) return { path: text }
  const [, host, port] = /^(?:\[?([^[\]]+?)\]?):(\d{1,5})$/u.exec(text) ?? []
  if (host === undefined) throw new InvalidArgumentError('Give a host with port, such as 127.0.0.1:3310, or a path.')
  return { host, port: Number(port) }
}

async function run({ linkDeps, printer, signal }: CommandContext, { watch, clamd }: RunOptions): Promise<number> {
  warnIfOff(linkDeps.settings)
  if (linkDeps.settings.scanner === 'platform') throw new UsageError(PLATFORM_SCANS)
  const [{ scanWithClamd }, { scanWaiting }] = await Promise.all([
    import('../scan/clamd.ts'),
    import('../scan/scan-waiting.ts'),
  ])
  const { settings, store, clock } = linkDeps
  const deps = { settings, store, clock, scan: (content: AsyncIterable<Uint8Array>) => scanWithClamd(clamd, content) }
  let failures = 0
  for await (const scanned of scanWaiting(deps, { watch, signal })) failures += print(scanned, printer)
  // A watch ends when the operator stops it.
  return watch ? 0 : failuresOrStopped(failures, signal)
}

const PLATFORM_SCANS =
  'In this environment the platform scans the files, so there is nothing to run: npm run uplink -- doctor says whether it does.'

/** Returns the number of failures. */
function print(scanned: Scanned, printer: CommandContext['printer']): number {
  const { id, key } = scanned.file
  if ('failure' in scanned) {
    printer.failure({ id, key, reason: scanned.failure }, key)
    return 1
  }
  const { verdict } = scanned
  if (verdict.result === 'clean') printer.result({ id, key, ...verdict }, `clean        ${key}`)
  else if (verdict.result === 'infected')
    printer.result({ id, key, ...verdict }, `infected     ${key}: ${verdict.found}`)
  else printer.result({ id, key, ...verdict }, `unscannable  ${key}: ${verdict.reason}`)
  return 0
}

async function list({ linkDeps, printer }: CommandContext): Promise<number> {
  warnIfOff(linkDeps.settings)
  async function* rows(): AsyncGenerator<Row> {
    for await (const { id, key, since } of waitingFiles(linkDeps.store))
      yield { result: { id, key, since: since.toISOString() }, cells: [since.toISOString(), key] }
  }
  await printRows(printer, ['waits since', 'file'], rows())
  return 0
}

async function accept(
  { linkDeps: { settings, store, clock }, printer }: CommandContext,
  upload: string,
  { reason }: AcceptOptions,
): Promise<number> {
  try {
    const { id, key } = await fileOf({ settings, store }, upload)
    const object = await store.head(key)
    if (object === undefined) throw new Error(NO_FILE)
    const version = await versionOf(object.etag)
    if ((await readVerdict(store, id, version))?.result !== 'unscannable')
      throw new Error('The scanner has not found this file unscannable, so there is nothing to accept.')
    await writeVerdict(store, { id, version }, { result: 'clean', by: reason, at: clock.now().toISOString() })
    await callLinker(store, settings, { id, key })
    await endWaiting(store, id)
    printer.result({ id, key, accepted: reason }, `The linker links ${key}.`)
    return 0
  } catch (thrown) {
    printer.failure({ id: upload, reason: messageOf(thrown) }, upload)
    return 1
  }
}

const NO_FILE = 'There is no such file to accept.'

/** By the upload's id, or by its key: the first file at a plain key has no record before it is linked. */
async function fileOf(
  { settings, store }: Pick<CommandContext['linkDeps'], 'settings' | 'store'>,
  upload: string,
): Promise<{ readonly id: string; readonly key: string }> {
  const parsed = uploadKeyOf(settings.keyPrefix, upload)
  const id = parsed === undefined ? upload : recordIdOf(parsed)
  const record = (await readRecord(store, id))?.record
  if (record?.withdrawn) {
    const { by, reason, at } = record.withdrawn
    const why = reason.replace(/\.$/u, '')
    throw new Error(`${by} withdrew the file at ${at} (${why}). A withdrawn file cannot come back: upload another one.`)
  }
  const key = record?.key ?? (parsed && upload)
  if (key === undefined) throw new Error(NO_FILE)
  return { id, key }
}

function warnIfOff({ scanner }: CommandContext['linkDeps']['settings']): void {
  if (scanner === undefined)
    console.error('No file waits for a scan in this environment: give its entry a scanner, and deploy.')
}
