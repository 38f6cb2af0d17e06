import { UnavailableError } from '@ckan-uplink/core'
import { MINUTE_MS } from '@ckan-uplink/core/support'
import type { ActionContext } from '../actions/define-action.ts'
import { badRequest } from '../http/body.ts'

/** The files API of a CKAN: of the extension ckanext-files, or of CKAN 2.12 itself. */
export type FilesApi = 'extension' | 'core'

/** Actions that CKAN refuses by their missing id, if it has them. */
const PROBES: readonly (readonly [FilesApi, string])[] = [
  ['extension', 'files_file_show'],
  ['core', 'file_show'],
]
export const NO_FILES = 'This CKAN has no files: install ckanext-files or use CKAN 2.12'

/** An operator who installs the extension waits no longer. */
const REMEMBER_MS = MINUTE_MS

/**
 * Finds the files API of CKAN, and remembers it for a minute. The function throws 400 for a CKAN without one.
 */
export function createFindFilesApi({ passThrough, clock, settings }: ActionContext) {
  let known: { readonly api: FilesApi | undefined; readonly until: number } | undefined

  return async (request: Request): Promise<FilesApi> => {
    const now = clock.now().getTime()
    if (known === undefined || now >= known.until) known = { api: await ask(request), until: now + REMEMBER_MS }
    if (known.api !== undefined) return known.api
    throw badRequest(NO_FILES)
  }

  async function ask(request: Request): Promise<FilesApi | undefined> {
    for (const [api, action] of PROBES) if (await hasAction(action, request)) return api
    return undefined
  }

  async function hasAction(action: string, request: Request): Promise<boolean> {
    const answer = await passThrough.post(action, request, {})
    const text = await answer.text()
    if (answer.status === 409) return true
    if (answer.status === 400 && text.includes('Action name not known')) return false
    throw new UnavailableError(`CKAN at ${settings.ckanUrl} answered ${answer.status} to ${action} without an id.`)
  }
}
