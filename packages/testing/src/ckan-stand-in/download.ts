import { ActionError } from './action-error.ts'
import { type ApiAnswer, html } from './api.ts'
import type { Action, Call } from './call.ts'
import { isFields, type Json } from './json.ts'

/** The files of CKAN's own store, by the ids of their resources; images by paths such as `group/logo.png`. */
export type StoredFiles = ReadonlyMap<string, Uint8Array>

const IMAGE_PATH = /^\/uploads\/((?:group|user)\/[^/]+)$/u
const PATH = /^\/dataset\/[^/]+\/resource\/([^/]+)\/download\/([^/]+)$/u

/**
 * Answers a download from CKAN's own store. A resource with another URL redirects to it. Like CKAN's server, the answer
 * labels a compressed file with its encoding. `undefined` for every other path.
 */
export function answerDownload(
  call: Call,
  showResource: Action,
  path: string,
  files: StoredFiles,
): ApiAnswer | undefined {
  const [, image] = IMAGE_PATH.exec(path) ?? []
  if (image !== undefined) return sendFile(image, files.get(image))
  const [, id = '', name = ''] = PATH.exec(path) ?? []
  if (id === '') return undefined
  const shown = tryShow(call, showResource, id)
  if (shown instanceof ActionError) return html(shown.status, 'No such file, or not for you')
  const { url, url_type } = isFields(shown) ? shown : {}
  if (url_type !== 'upload') return { ...html(302, 'Found'), headers: { Location: String(url) } }
  return sendFile(name, files.get(id))
}

function sendFile(name: string, body: Uint8Array | undefined): ApiAnswer {
  if (body === undefined) return html(404, 'Not Found')
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(body.length) }
  return { status: 200, headers: { ...headers, ...(name.endsWith('.gz') && { 'Content-Encoding': 'gzip' }) }, body }
}

function tryShow(call: Call, showResource: Action, id: string): Json | ActionError {
  try {
    return showResource.run(call, { id })
  } catch (thrown) {
    if (thrown instanceof ActionError) return thrown
    throw thrown
  }
}
