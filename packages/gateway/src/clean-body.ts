import type { Fields } from './fields.ts'

const OURS = ['presigned_url', 'upload']
/** `"url_type": "upload"` is no reason to write a body anew, and lose digits of its numbers. */
const OUR_KEY = /(?:presigned_url|upload)"\s*:/u
const RESOURCE_ACTION = /^resource_(?:create|update|patch)$/u
const DATASET_ACTION = /^package_(?:create|update|patch|revise)$/u
/** `resources`, and `package_revise`'s `update__resources`, `update__resources__extend`, `match__resources__<id>`. */
const RESOURCES_KEY = /^(?:(?:match|update)__)?resources(?:__|$)/u

/** Whether the bodies of this action hold resources. */
export function holdsResources(action: string): boolean {
  return RESOURCE_ACTION.test(action) || DATASET_ACTION.test(action)
}

/** The body of an action that holds resources, without what the gateway has added to them: a live URL must not be stored in CKAN. */
export function cleanFields(action: string, fields: Fields): Fields {
  return RESOURCE_ACTION.test(action) ? withoutOurs(fields) : cleanDataset(fields)
}

/** The same for a body as it came: JSON, a form, or one with files. What holds nothing to take out stays as it is, to the byte. */
export async function cleanBody(
  action: string,
  contentType: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | FormData | string> {
  if (/\bform\b/u.test(contentType)) return cleanForm(action, contentType, bytes)
  const text = new TextDecoder().decode(bytes)
  const clean = cleanJson(action, text)
  return clean === text ? bytes : clean
}

async function cleanForm(
  action: string,
  contentType: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | FormData> {
  // What can't be read is for CKAN to refuse.
  const form = await new Response(bytes, { headers: { 'Content-Type': contentType } })
    .formData()
    .catch(() => new FormData())
  const ours = [...form.keys()].filter((name) => isFormOurs(action, name))
  for (const name of ours) form.delete(name)
  return ours.length > 0 ? form : bytes
}

/** In forms `upload` is the file, for CKAN to take. */
function isFormOurs(action: string, name: string): boolean {
  return RESOURCE_ACTION.test(action)
    ? name === 'presigned_url'
    : RESOURCES_KEY.test(name) && name.endsWith('__presigned_url')
}

function cleanJson(action: string, text: string): string {
  if (!OUR_KEY.test(text)) return text
  try {
    const body: unknown = JSON.parse(text)
    return isFields(body) ? JSON.stringify(cleanFields(action, body)) : text
  } catch {
    return text
  }
}

function cleanDataset(fields: Fields): Fields {
  const entries = Object.entries(fields).filter(([key]) => !isFlattenedOurs(key))
  return Object.fromEntries(entries.map(([key, value]) => [key, cleanValue(key, value)]))
}

function cleanValue(key: string, value: unknown): unknown {
  if (RESOURCES_KEY.test(key)) return Array.isArray(value) ? value.map(withoutOursIn) : withoutOursIn(value)
  return (key === 'update' || key === 'match') && isFields(value) ? cleanDataset(value) : value
}

/** `update__resources__<id>__presigned_url` */
function isFlattenedOurs(key: string): boolean {
  return RESOURCES_KEY.test(key) && OURS.some((name) => key.endsWith(`__${name}`))
}

function withoutOursIn(value: unknown): unknown {
  return isFields(value) ? withoutOurs(value) : value
}

function withoutOurs(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !OURS.includes(key)))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
