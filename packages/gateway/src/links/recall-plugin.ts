import { createRecentMap } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '../deps.ts'
import { MAX_REFUSED_SECONDS } from '../http/permissions.ts'
import type { AskPlugin } from './ask-plugin.ts'

const MAX_ENTRIES = 1000

/**
 * Asks the plugin for people who have a link, and remembers its answers in the memory of this process, as long as those
 * about permissions. So strangers cannot have CKAN work as often as they like. A question that makes a resource is
 * always asked.
 */
export function createRecallPlugin(
  { settings: { rememberPermissionSeconds }, clock }: Pick<GatewayDeps, 'settings' | 'clock'>,
  askPlugin: AskPlugin,
): AskPlugin {
  const answers = createRecentMap<{ readonly said: Awaited<ReturnType<AskPlugin>>; readonly until: number }>(
    MAX_ENTRIES,
  )
  return async (question) => {
    const key = JSON.stringify(question)
    const askedAt = clock.now().getTime()
    const known = answers.get(key)
    if (known !== undefined && askedAt < known.until) return known.said
    const said = await askPlugin(question)
    const seconds = said.allowed ? rememberPermissionSeconds : Math.min(MAX_REFUSED_SECONDS, rememberPermissionSeconds)
    if (question.create === undefined) answers.set(key, { said, until: askedAt + seconds * 1000 })
    return said
  }
}
