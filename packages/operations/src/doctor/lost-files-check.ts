import type { CkanClient } from '@ckan-uplink/ckan'
import { NotFoundError, type ObjectStore } from '@ckan-uplink/core'
import { readLostFiles } from '@ckan-uplink/core/operations'
import { RECORDS_COMPLETE_KEY } from '@ckan-uplink/core/uploads'
import { type Check, type CheckResult, hint, right } from './check.ts'

interface LostFilesSubject {
  readonly client: CkanClient
  readonly token: string
  readonly store: ObjectStore
}

/**
 * Reports resources that have no URL although CKAN showed a file there. The scheduled reconciliation finds them, since
 * it looks at every object. This check asks CKAN about those alone. A person may have removed the URL on purpose, so it
 * is no fault.
 */
export function lostFilesChecks({ client, token, store }: LostFilesSubject): readonly Check[] {
  return [
    {
      name: 'lost files',
      adviceOnError: 'Check that CKAN answers, and that your credentials may read the bucket.',
      async run() {
        const found = [...(await readLostFiles(store))]
        const isLost = await Promise.all(found.map(([resource]) => hasNoUrl({ client, token }, resource)))
        const lost = found.filter((_, index) => isLost[index])
        if (lost.length === 0) return judgeNone((await store.head(RECORDS_COMPLETE_KEY)) !== undefined)
        const commands = lost.map((ids) => `ckan-uplink versions restore ${ids.join(' ')}`)
        return hint(
          `CKAN showed a file of ${count(lost.length)}, and shows no URL now. If no person wanted that, restore it: ${commands.join('; ')}`,
        )
      },
    },
  ]
}

function judgeNone(hasLookedAtAll: boolean): CheckResult {
  if (hasLookedAtAll) return right('the nightly reconciliation has noted no resource that lost its file')
  return hint('not known yet: the nightly reconciliation has not looked at the whole bucket')
}

function count(resources: number): string {
  return resources === 1 ? '1 resource' : `${resources} resources`
}

async function hasNoUrl({ client, token }: Omit<LostFilesSubject, 'store'>, id: string): Promise<boolean> {
  try {
    const { result } = await client.call<{ readonly url?: string }>('resource_show', { id }, token, { retry: true })
    return !result.url
  } catch (thrown) {
    if (thrown instanceof NotFoundError) return false
    throw thrown
  }
}
