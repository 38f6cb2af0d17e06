import type { ObjectStore } from '@ckan-uplink/core'
import { createLimiter, parseJson, sha256Hex } from '@ckan-uplink/core/support'
import { LINKS_PREFIX, linkKey } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { createSecret, isSameHash } from '../uploads/status-keys.ts'

const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0))

/** A link by which people without an account deliver files to one place, as the bucket has it. */
const uploadLink = v.strictObject({
  version: v.literal(1),
  id: v.string(),
  /** SHA-256 of the secret, which only the URL has. */
  secret_hash: v.string(),
  dataset: v.string(),
  /** The resource whose file is replaced. Without it, each file becomes a new resource. */
  resource: v.optional(v.string()),
  created_by: v.string(),
  /** The user whose right counts, whenever somebody uses the link. */
  created_by_id: v.string(),
  created_at: v.string(),
  expires_at: v.string(),
  max_files: wholeNumber,
  max_bytes: wholeNumber,
  /** What uploads have taken of it. */
  files: wholeNumber,
  bytes: wholeNumber,
  note: v.optional(v.string()),
  /** Whether files are linked at once. Otherwise they wait until a person accepts them. */
  publish: v.boolean(),
  revoked: v.optional(v.strictObject({ at: v.string(), by: v.string() })),
})
export type UploadLink = v.InferOutput<typeof uploadLink>

interface StoredLink {
  readonly link: UploadLink
  readonly etag: string
}

const READS_AT_ONCE = 6
const MARK = 'uplink-link-'
/** The id has 96 random bits, the secret 128. */
const TOKEN = /^uplink-link-(?<id>[0-9a-f]{24})-(?<secret>[0-9a-f]{32})$/u
const ID = /^[0-9a-f]{24}$/u

/** Whether a caller sends the secret of a link, right or wrong, in place of a token. */
export function isLinkToken(text: string): boolean {
  return text.startsWith(MARK)
}

/** A new link, and its URL with the secret in the fragment, which browsers send to no server. */
export async function createLink(
  gatewayUrl: string,
  facts: Omit<UploadLink, 'version' | 'id' | 'secret_hash' | 'files' | 'bytes'>,
): Promise<{ readonly link: UploadLink; readonly url: string }> {
  const [id, secret] = [createSecret().slice(0, 24), createSecret()]
  const secret_hash = await sha256Hex(secret)
  return {
    link: { version: 1, id, secret_hash, ...facts, files: 0, bytes: 0 },
    url: `${gatewayUrl}/link#${id}-${secret}`,
  }
}

/** The link of this token, also if it is over. `undefined` for a wrong secret, and for an unknown link. */
export async function findLinkOf(store: Pick<ObjectStore, 'get'>, token: string): Promise<UploadLink | undefined> {
  const { id = '', secret = '' } = TOKEN.exec(token)?.groups ?? {}
  const link = (await readLink(store, id))?.link
  // It hashes before it looks at the link, so a missing link and a wrong secret take the same time.
  return isSameHash(await sha256Hex(secret), link?.secret_hash) ? link : undefined
}

export async function readLink(store: Pick<ObjectStore, 'get'>, id: string): Promise<StoredLink | undefined> {
  const found = ID.test(id) ? await store.get(linkKey(id)) : undefined
  if (found === undefined) return undefined
  const link = v.parse(uploadLink, parseJson(new TextDecoder().decode(found.bytes)))
  return { link, etag: found.object.etag }
}

/** Writes a link by compare-and-set. `false`: somebody has changed it meanwhile. Without an ETag it is a new link. */
export async function writeLink(
  store: Pick<ObjectStore, 'put'>,
  { link, etag }: { readonly link: UploadLink; readonly etag?: string },
): Promise<boolean> {
  const bytes = new TextEncoder().encode(JSON.stringify(link))
  const onlyIf = etag === undefined ? 'absent' : { etag }
  return (await store.put(linkKey(link.id), bytes, { contentType: 'application/json', onlyIf })) !== undefined
}

/** Lets `linksOf` find the link. */
export async function markLink(store: Pick<ObjectStore, 'put'>, { id, dataset }: UploadLink): Promise<void> {
  await store.put(`${prefixOf('of', dataset)}${id}`, new Uint8Array())
}

/** The links of a dataset. Stops after this many. */
export async function linksOf(
  store: Pick<ObjectStore, 'get' | 'list'>,
  dataset: string,
  most: number,
): Promise<readonly UploadLink[]> {
  const ids = await namesBelow(store, prefixOf('of', dataset), most)
  const limit = createLimiter(READS_AT_ONCE)
  const found = await Promise.all(ids.map((id) => limit(() => readLink(store, id))))
  return found.flatMap((stored) => stored?.link ?? [])
}

/** Notes that an upload may have to wait for a person's decision. */
export async function markWaiting(store: Pick<ObjectStore, 'put'>, dataset: string, upload: string): Promise<void> {
  await store.put(prefixOf('waiting', dataset) + upload, new Uint8Array())
}

/** Harmless when there is no such mark. */
export async function unmarkWaiting(
  store: Pick<ObjectStore, 'remove'>,
  dataset: string,
  upload: string,
): Promise<void> {
  await store.remove(prefixOf('waiting', dataset) + upload)
}

/** The uploads of a dataset that `markWaiting` has noted, the oldest first. Stops after this many. */
export function waitingUploads(
  store: Pick<ObjectStore, 'list'>,
  dataset: string,
  most: number,
  after?: string,
): Promise<readonly string[]> {
  return namesBelow(store, prefixOf('waiting', dataset), most, after)
}

async function namesBelow(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
  most: number,
  after?: string,
): Promise<readonly string[]> {
  const names: string[] = []
  for await (const { key } of store.list(prefix, after === undefined ? {} : { after: prefix + after })) {
    names.push(key.slice(prefix.length))
    if (names.length === most) break
  }
  return names
}

function prefixOf(kind: 'of' | 'waiting', dataset: string): string {
  return `${LINKS_PREFIX}${kind}/${encodeURIComponent(dataset)}/`
}
