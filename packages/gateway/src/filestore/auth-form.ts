import type { JsonObject } from '@ckan-uplink/core/support'
import { identify } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { faultsOfFile } from '../uploads/file-checks.ts'
import type { Documents } from './documents.ts'
import { fileNameOf, keysOf } from './label.ts'
import { requireWriter } from './require-writer.ts'

export const EXPIRES_IN_SECONDS = 900
/** The limit of S3 for a file in a form. */
const MAX_FORM_BYTES = 5 * 1024 ** 3
export const UPLOAD_PATH = '/storage/upload_handle'

/** Checks that the caller may put a new file with this label, and gives the label to the caller. */
export async function claimNewFile(
  { settings, store }: GatewayDeps,
  documents: Documents,
  { label, caller }: { readonly label: string; readonly caller: KnownCaller },
): Promise<void> {
  const faults = faultsOfFile(settings, { name: fileNameOf(label) })
  if (Object.keys(faults).length > 0) throw refusal(faults)
  await documents.claim(label, caller)
  if ((await store.head(keysOf(label).file)) === undefined) return
  throw refusal({
    label: ['A file has this label, and a form does not overwrite it: choose another label, or use auth/request'],
  })
}

/**
 * Answers with a form for a new file: its address and its fields. Where the store has no forms, the form leads to the
 * gateway, and the client sends its token again.
 */
export function createAuthForm(deps: GatewayDeps, documents: Documents) {
  const { settings, authorizer, signer } = deps
  return async (request: Request, label: string): Promise<JsonObject> => {
    await claimNewFile(deps, documents, { label, caller: await requireWriter(authorizer, request) })
    if (signer.signForm === undefined) {
      const action = new URL(settings.gatewayUrl).pathname.replace(/\/$/u, '') + UPLOAD_PATH
      return { action, fields: [{ name: 'key', value: label }] }
    }
    const { action, fields } = await signer.signForm({
      key: keysOf(label).file,
      expiresInSeconds: Math.min(EXPIRES_IN_SECONDS, settings.urlExpiresInSeconds),
      maxBytes: Math.min(settings.maxUploadBytes, MAX_FORM_BYTES),
      contentType: identify({ name: fileNameOf(label) }).mimetype,
    })
    return { action, fields: Object.entries(fields).map(([name, value]) => ({ name, value })) }
  }
}
