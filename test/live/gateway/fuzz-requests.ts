/** A request as it is sent. */
export interface FuzzRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** The client disconnects after half of the body. */
  readonly breaksOff: boolean
}

/** Valid parts of requests, beside nonsense. */
export interface Known {
  readonly ids: readonly string[]
  /** Existing paths. */
  readonly paths: readonly string[]
}

export type Random = () => number

const OWN_ACTIONS = [
  'resource_upload',
  'resource_create',
  'dataset_upload',
  'organization_upload',
  'group_upload',
  'user_upload',
  'upload_show',
  'upload_list',
  'upload_remove',
  'upload_sign_parts',
  'upload_list_parts',
  'upload_complete',
  'upload_abort',
  'files_file_show',
  'files_file_search',
  'files_file_scan',
  'files_file_rename',
  'files_transfer_ownership',
  'files_file_delete',
  'files_storage_list',
  'files_resource_upload',
  'files_multipart_update',
  'files_multipart_refresh',
  'files_multipart_complete',
]
const CKAN_ACTIONS = [
  'package_show',
  'package_patch',
  'package_revise',
  'resource_patch',
  'resource_show',
  'user_show',
  'status_show',
  'nothing_such',
]
const FIELDS = ['id', 'package_id', 'name', 'size', 'mimetype', 'format', 'hash', 'expires_in', 'multipart', 'reason']
const MORE_FIELDS = [
  'part_numbers',
  'entity',
  'state',
  'limit',
  'after',
  'url',
  'upload',
  'presigned_url',
  'files',
  'request',
  'filters',
  'sort',
  'owner_type',
  'resource_id',
  'part',
]
const TEXTS = ['', ' ', 'x', 'a.csv', '../../etc', '\u0000', '\u202e', '\ud800', '日本語.csv', '%2e%2e', '\'"<>&', '-1']
const VALUES = [null, true, false, 0, -1, 1.5, 10, 1e300, 2 ** 53, [], {}, [[[]]], ['x'], { a: 1 }]
/** Valid values, so that requests pass the gateway's first checks. */
const SENSIBLE: Readonly<Record<string, unknown>> = {
  name: 'a.csv',
  size: 10,
  mimetype: 'text/csv',
  format: 'CSV',
  hash: `sha256:${'ab'.repeat(32)}`,
  expires_in: 60,
  multipart: true,
  reason: 'a mistake',
  part_numbers: [1],
  state: 'linked',
  files: [{ name: 'a.csv', size: 10 }, { name: '2023/b.csv' }, {}],
  request: '4f7c2a90-6d0b-4e0f-9c55-3a1b7d2e8f10',
  resources: [],
  limit: 5,
  url: '',
}
const SEGMENTS = ['..', '.', '%2e%2e', '%2f', '%5c', '%00', '%ff', '%F0%9F%93%8A', ';', '@', ':', '~', '//', '*']
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'Content-Type': [
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    'text/plain; charset=utf-16',
    'x'.repeat(5000),
  ],
  'Content-Encoding': ['gzip', 'br', 'x'],
  'CF-Connecting-IP': ['192.0.2.1', 'x', '::1'],
  'X-Forwarded-For': ['127.0.0.1', 'x, y, z'],
  'X-Forwarded-Host': ['evil.example.org'],
  'X-Original-URL': ['/api/3/action/upload_list'],
  'X-HTTP-Method-Override': ['DELETE'],
  Origin: ['https://evil.example.org', 'null'],
  Range: ['bytes=0-1', 'bytes=-5', 'bytes=9-1', 'x'],
  'If-None-Match': ['*', 'W/"x"'],
  Cookie: ['auth_tkt=x', 'ckan=x'],
  Accept: ['*/*', 'x'],
}
const METHODS = ['GET', 'POST', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']
/** Sizes up to the limits and a little beyond. Large sizes are rare because they take time. */
const SIZES = [65_536, 65_537, 1_048_576, 1_048_577, 5_242_880, 5_242_881]

/** Random numbers from 0 to 1 by a seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Makes a request that depends only on the random numbers. */
export function makeRequest(random: Random, known: Known, token: string | undefined): FuzzRequest {
  const isOwn = maybe(0.7)
  const action = pick(isOwn ? OWN_ACTIONS : CKAN_ACTIONS)
  const isAction = maybe(0.75)
  const path = isAction ? `${pick(['/api/3/action/', '/api/action/'])}${action}` : pick(known.paths)
  const method = isAction && maybe(0.8) ? 'POST' : pick(METHODS)
  const headers = { ...makeHeaders(), ...(token !== undefined && tokenHeader(token)) }
  const hasBody = method !== 'GET' && method !== 'HEAD' && maybe(0.95)
  const body = hasBody ? makeBody(headers) : undefined
  const breaksOff = body !== undefined && body.length > 20 && maybe(0.03)
  return { method, path: maybe(0.2) ? mutatePath(path) : path, headers, ...(body && { body }), breaksOff }

  function pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(random() * choices.length)] as T
  }

  function maybe(chance: number): boolean {
    return random() < chance
  }

  function count(most: number): number {
    return Math.floor(random() * (most + 1))
  }

  function makeHeaders(): Record<string, string> {
    const names = Object.keys(HEADERS).filter(() => maybe(0.1))
    const headers: Record<string, string> = { 'Content-Type': 'application/json' }
    for (const name of names) headers[name] = pick(HEADERS[name] ?? [''])
    if (maybe(0.02)) headers['X-Long'] = 'x'.repeat(8000)
    return headers
  }

  function tokenHeader(token: string): Record<string, string> {
    return maybe(0.9)
      ? { Authorization: maybe(0.8) ? token : `Bearer  ${token}` }
      : { 'X-CKAN-API-Key': token, Authorization: pick(['', 'x', 'Bearer']) }
  }

  function mutatePath(path: string): string {
    const segments = path.split('/')
    const at = count(segments.length - 1)
    segments[at] = maybe(0.5) ? `${segments[at]}${pick(SEGMENTS)}` : pick(SEGMENTS)
    return `/${segments.join('/').replace(/^\/+/u, '')}${maybe(0.2) ? `?v=${pick(TEXTS.map(encode))}` : ''}`
  }

  function makeBody(headers: Record<string, string>): Buffer {
    if (maybe(0.02)) return filler(pick(SIZES), headers['Content-Type'] ?? '')
    if (maybe(0.05)) return Buffer.from(Array.from({ length: count(50) }, () => count(255)))
    const fields = makeFields()
    const type = headers['Content-Type'] ?? ''
    if (type.includes('urlencoded') && maybe(0.7)) return Buffer.from(toForm(fields))
    if (type.includes('multipart') && maybe(0.7)) return Buffer.from(toMultipart(fields))
    const text = JSON.stringify(fields)
    return Buffer.from(maybe(0.1) ? mutateText(text) : text)
  }

  function makeFields(): Record<string, unknown> {
    const fields: Record<string, unknown> = maybe(0.8) ? { id: pick(known.ids) } : {}
    if (action.includes('create')) fields['package_id'] = pick(known.ids)
    for (let left = count(4); left > 0; left -= 1) {
      const name = pick([...FIELDS, ...MORE_FIELDS])
      fields[name] = name in SENSIBLE && maybe(0.7) ? SENSIBLE[name] : makeValue()
    }
    return fields
  }

  function makeValue(): unknown {
    if (maybe(0.3)) return pick(known.ids)
    if (maybe(0.5)) return pick(TEXTS)
    return maybe(0.05) ? 'x'.repeat(count(70_000)) : pick<unknown>(VALUES)
  }

  function mutateText(text: string): string {
    const at = count(text.length)
    return (
      text.slice(0, at) + pick(['"', '{', '[', '\\', '\u0000', ',', '', '[['.repeat(200)]) + text.slice(at + count(3))
    )
  }
}

function toForm(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encode(textOf(value))}`)
    .join('&')
}

function toMultipart(fields: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${textOf(value)}\r\n`,
  )
  return `${parts.join('')}--x--\r\n`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** A body of this size that is as expensive to read as possible. */
function filler(bytes: number, type: string): Buffer {
  const [start, unit] = type.includes('urlencoded')
    ? ['id=x', '&a=']
    : type.includes('multipart')
      ? ['', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n']
      : ['{"upload":', '{"upload":']
  return Buffer.from((start + unit.repeat(Math.ceil(bytes / unit.length))).slice(0, bytes))
}
