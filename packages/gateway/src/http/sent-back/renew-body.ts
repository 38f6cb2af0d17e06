import { isObject, type JsonObject, parseExactly } from '@ckan-uplink/core/support'
import { badRequest } from '../body.ts'
import { type Kind, kindOfBody, kindOfMember, OURS } from '../clean/rules.ts'
import { fileFieldOf, parseForm, textsOf } from '../forms.ts'

export interface Content {
  readonly contentType: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** CKAN is asked once for each of them. */
const MAX_RESOURCES = 50

/** The body with new values in each resource that has a member of the gateway. */
export async function renewBody(
  action: string,
  content: Content,
  findChanges: (resource: JsonObject) => Promise<JsonObject>,
): Promise<Content> {
  const kind = kindOfBody(action)
  if (/\bform\b|^multipart\b/iu.test(content.contentType))
    return kind === 'resource' ? renewForm(content, findChanges) : content
  const body = parse(content.bytes)
  const resources = [...resourcesIn(kind, body)].filter((resource) => OURS.some((name) => name in resource))
  if (resources.length > MAX_RESOURCES)
    throw badRequest(
      `At most ${MAX_RESOURCES} resources of a body may have presigned_url or upload: remove these fields`,
    )
  let isChanged = false
  for (const resource of resources) {
    const fields = Object.entries(await findChanges(resource)).filter(([name, value]) => resource[name] !== value)
    isChanged ||= fields.length > 0
    Object.assign(resource, Object.fromEntries(fields))
  }
  return isChanged ? { ...content, bytes: encode(JSON.stringify(body)) } : content
}

/** CKAN takes the URL from a file in the form. It may be able to read a form that the gateway cannot read. */
async function renewForm(
  content: Content,
  findChanges: (resource: JsonObject) => Promise<JsonObject>,
): Promise<Content> {
  const form = await parseForm(content.contentType, content.bytes).catch(() => undefined)
  if (form === undefined || !form.has('presigned_url') || fileFieldOf(form) !== undefined) return content
  const texts = textsOf(form)
  const changes = Object.entries(await findChanges(texts))
    .map(([name, value]) => [name, value === undefined || value === null ? undefined : String(value)] as const)
    .filter(([name, value]) => texts[name] !== value)
  if (changes.length === 0) return content
  for (const [name, value] of changes) {
    if (value === undefined) form.delete(name)
    else form.set(name, value)
  }
  if (form instanceof URLSearchParams) return { ...content, bytes: encode(form.toString()) }
  const encoded = new Response(form)
  const contentType = encoded.headers.get('Content-Type') ?? content.contentType
  return { contentType, bytes: new Uint8Array(await encoded.arrayBuffer()) }
}

/** `undefined` for a body that CKAN refuses by itself. */
function parse(bytes: Uint8Array): unknown {
  try {
    return parseExactly(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

function* resourcesIn(kind: Kind, value: unknown): Iterable<JsonObject> {
  if (Array.isArray(value)) {
    if (kind === 'resources') for (const item of value) yield* resourcesIn('resource', item)
  } else if (isObject(value)) {
    if (kind === 'resource' || kind === 'resources') yield value
    else for (const [key, member] of Object.entries(value)) yield* resourcesIn(kindOfMember(kind, key), member)
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}
