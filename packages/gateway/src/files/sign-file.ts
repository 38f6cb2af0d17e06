import type { GatewayDeps } from '../deps.ts'
import type { FileType } from './file-headers.ts'

const EXPIRES_IN_SECONDS = 300

/**
 * A URL of the store for one file, valid for five minutes. HEAD needs a URL of its own, because the method is signed.
 */
export async function signFile(
  signer: GatewayDeps['signer'],
  method: string,
  file: FileType & { readonly key: string; readonly cacheControl: string },
): Promise<string> {
  const isHead = method === 'HEAD'
  const { url } = await signer.signDownload({
    ...file,
    method: isHead ? 'HEAD' : 'GET',
    expiresInSeconds: EXPIRES_IN_SECONDS,
  })
  return url
}
