import type { JsonObject } from '@ckan-uplink/core/support'
import { hasForbiddenCharacters } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { fileSize, filledText, flag, format, hash, id, mimetype, optional } from '../actions/fields.ts'
import type { GatewayDeps } from '../deps.ts'
import { named } from '../http/named.ts'
import { errorOf, type FieldErrors, refusal, validate } from '../http/validate.ts'
import { planUpload } from './begin-parts.ts'
import { type DerivedIds, deriveIds } from './derived-ids.ts'
import { faultsOfFile } from './file-checks.ts'
import type { NewFile } from './new-resources.ts'
import type { PartPlan } from './part-plan.ts'
import { replaced } from './replaced.ts'

const MAX_NAME = 255

/** A file of `dataset_upload`. */
export const batchFile = named(
  'DatasetFile',
  v.looseObject({
    name: v.pipe(
      filledText(1000),
      v.check(
        (name) => isFileName(baseNameOf(name)),
        `Must end in a file name of at most ${MAX_NAME} characters, without control characters or marks of writing direction`,
      ),
      v.description('The name of the resource. The file is named like the part after the last slash.'),
    ),
    size: optional(fileSize),
    mimetype: optional(mimetype),
    format: optional(format),
    hash: optional(hash),
    multipart: optional(flag),
    resource: optional(v.pipe(id, v.description('The existing resource of the dataset that gets the file.'))),
    replaces: optional(replaced),
  }),
)

/** A file that has passed the checks that need no CKAN. */
export interface BatchFile extends NewFile {
  readonly ids: DerivedIds
  /** What the request promises of the file. */
  readonly promised: v.InferOutput<typeof batchFile>
  readonly plan: PartPlan | undefined
}

/** A file that cannot have an upload, and why. */
export interface RefusedFile {
  readonly name: string | null
  readonly error: FieldErrors
}

/**
 * Checks one file by itself, so that its faults refuse no other file. `exact` are the fields for CKAN, as the caller
 * sent them. `facts` identify the file.
 */
export async function checkFile(
  context: GatewayDeps,
  { fields, exact }: { readonly fields: JsonObject; readonly exact: JsonObject },
  ...facts: readonly (string | number)[]
): Promise<BatchFile | RefusedFile> {
  try {
    const { name, ...rest } = validate(batchFile, fields)
    const promised = { ...rest, name: baseNameOf(name) }
    const faults = {
      ...faultsOfFile(context.settings, promised),
      ...(rest.replaces !== undefined && rest.resource === undefined && { replaces: ['Needs a resource'] }),
    }
    if (Object.keys(faults).length > 0) throw refusal(faults)
    const ids = await deriveIds(...facts)
    return {
      name,
      fields: exact,
      resource: rest.resource,
      newId: ids.resourceId,
      ids,
      promised,
      plan: planUpload(context, promised),
    }
  } catch (thrown) {
    return { name: typeof fields['name'] === 'string' ? fields['name'] : null, error: errorOf(thrown) }
  }
}

function baseNameOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function isFileName(name: string): boolean {
  return name.trim() !== '' && name.length <= MAX_NAME && !hasForbiddenCharacters(name)
}
