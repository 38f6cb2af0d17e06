import { identify } from '@ckan-uplink/core/uploads'
import {
  MaxFileSizeExceededError,
  MultipartParseError,
  MultipartParser,
  type MultipartPart,
} from '@remix-run/multipart-parser'
import { HTTPException } from 'hono/http-exception'
import type { GatewayDeps } from '../deps.ts'
import { badRequest, boundaryOf, isMultipart, readBytes } from '../http/body.ts'
import { refusal } from '../http/validate.ts'
import { claimNewFile } from './auth-form.ts'
import type { Documents } from './documents.ts'
import { fileNameOf, keysOf, parseLabel } from './label.ts'
import { requireWriter } from './require-writer.ts'

/** The memory of a Worker holds the body of some requests. */
const MAX_FILE_BYTES = 32 * 1024 ** 2
const MAX_BODY_BYTES = MAX_FILE_BYTES + 64 * 1024
const MAX_PARTS = 20

/** Puts the file of a form with the fields `key` and `file`. Returns the label. */
export function createUploadHandle(deps: GatewayDeps, documents: Documents) {
  return async (request: Request): Promise<string> => {
    const caller = await requireWriter(deps.authorizer, request)
    const parts = await readParts(request)
    const [key, file] = [parts.get('key'), parts.get('file')]
    const label = parseLabel(key?.text ?? '')
    if (label === undefined) throw refusal({ key: ['Must be the label that auth/form has answered'] })
    if (file === undefined) throw refusal({ file: ['Missing value: send the file in this field'] })
    if (file.size > deps.settings.maxUploadBytes)
      throw refusal({ file: [`Must be at most ${deps.settings.maxUploadBytes} bytes`] })
    await claimNewFile(deps, documents, { label, caller })
    const { mimetype: contentType } = identify({ name: fileNameOf(label) })
    const put = await deps.store.put(keysOf(label).file, file.bytes, { contentType, onlyIf: 'absent' })
    if (put === undefined) throw refusal({ key: ['Another request has just put a file with this label'] })
    return label
  }
}

async function readParts(request: Request): Promise<ReadonlyMap<string, MultipartPart>> {
  const boundary = boundaryOf(request.headers.get('Content-Type') ?? '')
  if (!isMultipart(request) || boundary === undefined)
    throw badRequest('Send a form as multipart/form-data, with the fields key and file.')
  const limits = { maxFileSize: MAX_FILE_BYTES, maxTotalSize: MAX_BODY_BYTES, maxParts: MAX_PARTS }
  const parser = new MultipartParser(boundary, limits)
  const parts = new Map<string, MultipartPart>()
  try {
    // In one piece, because the parser refuses a piece that begins after the last boundary, such as its line end.
    for (const part of parser.write(await readBytes(request, MAX_BODY_BYTES))) parts.set(part.name ?? '', part)
    parser.finish()
  } catch (thrown) {
    const isTooLarge = thrown instanceof HTTPException && thrown.status === 413
    if (isTooLarge || thrown instanceof MaxFileSizeExceededError) throw tooLarge()
    throw thrown instanceof MultipartParseError ? badRequest('The form cannot be read.', thrown) : thrown
  }
  return parts
}

function tooLarge(): HTTPException {
  const message = `A file in a form may have ${MAX_FILE_BYTES} bytes: for a larger file, ask auth/request for a PUT.`
  return new HTTPException(413, { message })
}
