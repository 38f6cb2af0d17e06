import { link, type Outcome } from '@ckan-uplink/core'
import { describeOutcome } from '../commands/describe-outcome.ts'
import type { Move } from './move.ts'

/** Links the objects with these keys. Returns why not, in their order; `undefined` for a linked object. */
export async function linkKeys(
  keys: readonly string[],
  { linkDeps }: Pick<Move, 'linkDeps'>,
): Promise<readonly (string | undefined)[]> {
  const { bucket } = linkDeps.settings
  // The linker in the cloud registers the files in CKAN. Two users at once would not find each other's files.
  const { filesStorage: _, ...settings } = linkDeps.settings
  const outcomes = await link(
    { ...linkDeps, settings },
    keys.map((key) => ({ bucket, key, kind: 'created' })),
  )
  return keys.map((_, index) => {
    const outcome = outcomes[index]
    return outcome === undefined || isMoved(outcome) ? undefined : describeOutcome(outcome)
  })
}

/** A file that waits for a virus scan is linked after it. */
function isMoved({ kind }: Outcome): boolean {
  return kind === 'linked' || kind === 'unchanged' || kind === 'waiting'
}
