import { NotFoundError } from '@ckan-uplink/core'
import type { JsonObject } from '@ckan-uplink/core/support'
import { identify, type SignedRequest } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { fileSize, mimetype } from '../actions/fields.ts'
import type { GatewayDeps } from '../deps.ts'
import { downloadTypeOf } from '../files/file-headers.ts'
import { MAX_SHORT_BYTES } from '../http/body.ts'
import { readFields } from '../http/read-fields.ts'
import { refusal, validate } from '../http/validate.ts'
import { faultsOfFile } from '../uploads/file-checks.ts'
import { EXPIRES_IN_SECONDS } from './auth-form.ts'
import type { Documents } from './documents.ts'
import { fileNameOf, keysOf } from './label.ts'
import { requireWriter } from './require-writer.ts'

const expect = v.optional(v.pipe(v.string(), v.regex(/^100-continue$/iu, 'Must be 100-continue')))
const toRead = v.strictObject({ expect }, 'A signed GET has no such header: leave it out')
const toWrite = v.strictObject(
  { expect, 'content-length': fileSize, 'content-type': v.optional(mimetype) },
  'This header cannot be signed: leave it out',
)
const LENGTH = 'give the size of the file in bytes, which is signed'

/** Signs one GET for everybody, or one PUT for the owner of the label, with exactly the given headers. */
export function createAuthRequest({ settings, store, authorizer, signer }: GatewayDeps, documents: Documents) {
  const expiresInSeconds = Math.min(EXPIRES_IN_SECONDS, settings.urlExpiresInSeconds)

  return async (request: Request, label: string): Promise<JsonObject> => {
    const caller = request.method === 'GET' ? undefined : await requireWriter(authorizer, request)
    const { method, ...headers } = await paramsOf(request)
    if (method === 'GET') {
      validate(toRead, headers)
      return answer(await signReading(label), {})
    }
    if (method !== 'PUT') throw refusal({ method: ['Must be GET or PUT: for a POST, ask for a form by auth/form'] })
    const { 'content-length': size, 'content-type': declared } = validate(toWrite, headers, {
      'content-length': LENGTH,
    })
    const faults = faultsOfFile(settings, { name: fileNameOf(label), size, mimetype: declared })
    if (Object.keys(faults).length > 0) throw refusal(faults)
    await documents.claim(label, caller ?? (await requireWriter(authorizer, request)))
    const contentType = declared ?? identify({ name: fileNameOf(label) }).mimetype
    const signed = await signer.signUpload({
      key: keysOf(label).file,
      expiresInSeconds,
      createOnly: false,
      size,
      contentType,
    })
    return answer(signed, { 'Content-Length': String(size) })
  }

  async function signReading(label: string): Promise<SignedRequest> {
    const object = await store.head(keysOf(label).file)
    if (object === undefined) throw new NotFoundError(`There is no file with the label ${label}.`)
    const type = downloadTypeOf(identify({ name: fileNameOf(label), contentType: object.contentType }))
    return signer.signDownload({ method: 'GET', key: object.key, expiresInSeconds, ...type })
  }
}

/** The headers by their names in lower case, and the method. They are in the query, or in the body as JSON. */
async function paramsOf(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const query = [...new URL(request.url).searchParams]
  const sent = request.method === 'GET' ? {} : (await readFields(request, MAX_SHORT_BYTES)).fields
  return Object.fromEntries([...query, ...Object.entries(sent)].map(([name, value]) => [name.toLowerCase(), value]))
}

function answer({ method, url, headers }: SignedRequest, more: Readonly<Record<string, string>>): JsonObject {
  const { host, pathname, search } = new URL(url)
  return { host, method, path: pathname + search, headers: { ...headers, ...more } }
}
