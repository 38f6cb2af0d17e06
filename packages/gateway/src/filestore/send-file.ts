import { NotFoundError } from '@ckan-uplink/core'
import { identify, versionOf } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import { downloadTypeOf } from '../files/file-headers.ts'
import { createSendObject } from '../files/send-object.ts'
import { signFile } from '../files/sign-file.ts'
import { isRefusedByStores } from '../http/caller.ts'
import { fileNameOf, keysOf } from './label.ts'

const CACHE_CONTROL = 'no-store'

/** Sends a file to everybody as an attachment: by a redirect, or by itself to clients that the store would refuse. */
export function createSendFile(deps: GatewayDeps) {
  const sendObject = createSendObject(deps)
  return async (request: Request, label: string): Promise<Response> => {
    const object = await deps.store.head(keysOf(label).file)
    if (object === undefined) throw new NotFoundError('There is no such file.')
    const type = downloadTypeOf(identify({ name: fileNameOf(label), contentType: object.contentType }))
    const version = await versionOf(object.etag)
    const sent = isRefusedByStores(request.headers)
      ? await sendObject?.(request, { object, version, type, cacheControl: CACHE_CONTROL })
      : undefined
    sent?.headers.set('Vary', 'Authorization')
    if (sent) return sent
    const file = { key: object.key, cacheControl: CACHE_CONTROL, ...type }
    const url = await signFile(deps.signer, request.method, file)
    const headers = { Location: url, 'Cache-Control': CACHE_CONTROL, Vary: 'Authorization' }
    return new Response(null, { status: 302, headers })
  }
}
