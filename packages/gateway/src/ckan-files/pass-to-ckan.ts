import type { ActionContext } from '../actions/define-action.ts'
import { badRequest } from '../http/body.ts'
import type { FilesApi } from './find-files-api.ts'

/** Actions of ckanext-files by which CKAN's own storages get bytes. The core has some of them, without the prefix. */
const PASSED = /^files_(?:file_create|file_register|file_replace|resource_upload|multipart_\w+)$/u
const IN_CORE = /^files_(file_(?:create|register))$/u

/**
 * Passes a request to the files API that CKAN has. Returns `undefined` for an action that is not one of ckanext-files.
 * Throws 400 with the remedy for an action that this CKAN lacks.
 */
export function createPassToCkan(
  { settings: { filesStorage }, passThrough }: Pick<ActionContext, 'settings' | 'passThrough'>,
  findFilesApi: (request: Request) => Promise<FilesApi>,
) {
  return async (name: string, request: Request, held?: Uint8Array<ArrayBuffer>): Promise<Response | undefined> => {
    if (!PASSED.test(name)) return undefined
    const action = (await findFilesApi(request)) === 'extension' ? name : IN_CORE.exec(name)?.[1]
    if (action !== undefined) return passThrough.pass(action, request, held)
    const remedy = filesStorage ? `send no bytes, for the storage ${filesStorage}` : 'install ckanext-files'
    throw badRequest(`CKAN 2.12 has no ${name}: ${remedy}`)
  }
}
