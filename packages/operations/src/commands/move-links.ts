import { printRows, type Row, UsageError } from '@ckan-uplink/cli'
import { dryRun, type MovedLink, moveLinks } from '@ckan-uplink/core/operations'
import { toAddress } from '../find-gateway.ts'
import { type CommandContext, failuresOrStopped } from './command-context.ts'

interface MoveOptions {
  readonly movedFrom: string
  /** The id of the only dataset. */
  readonly dataset?: string | undefined
  readonly fix: boolean
}

/** `reconcile --moved-from`: gives links with a former address the present address. */
export async function runMoveLinks({ movedFrom, dataset, fix }: MoveOptions, context: CommandContext): Promise<number> {
  const { linkDeps, lister, printer, signal } = context
  const from = toAddress('--moved-from', movedFrom)
  const { gatewayUrl, publicBucketUrl } = linkDeps.settings
  if (from === gatewayUrl || from === publicBucketUrl)
    throw new UsageError(`--moved-from is ${from}, the present address: give the former address.`)
  const deps = { ...linkDeps, lister }
  const links = moveLinks(fix ? deps : dryRun(deps), { from, ...(dataset !== undefined && { dataset }) })
  const counts = { moved: 0, not_moved: 0 }
  await printRows(printer, ['what', 'where', 'why'], rowsOf(links, counts, { fix, signal }))
  const { moved, not_moved: left } = counts
  console.log(
    printer.json
      ? JSON.stringify({ kind: 'total', ...counts, fixed: fix })
      : `${moved} ${fix ? 'moved' : 'would be moved'}, ${left} left.`,
  )
  return failuresOrStopped(fix ? left : moved + left, signal, 'Run the same command again to move the rest.')
}

async function* rowsOf(
  links: AsyncIterable<MovedLink>,
  counts: Record<MovedLink['kind'], number>,
  { fix, signal }: { readonly fix: boolean; readonly signal: AbortSignal },
): AsyncGenerator<Row> {
  for await (const link of links) {
    counts[link.kind] += 1
    const { kind, entity, from, to, reason = to } = link
    const what = kind === 'not_moved' ? 'not moved' : fix ? 'moved' : 'would be moved'
    const where = `${entity.dataset_id === undefined ? '' : `dataset ${entity.dataset_id}, `}${entity.type} ${entity.id}`
    yield {
      result: { ...link, kind: kind.replace('_', '-'), fixed: fix && kind === 'moved' },
      cells: [what, where, kind === 'moved' ? to : `${from}: ${reason}`],
    }
    if (signal.aborted) return
  }
}
