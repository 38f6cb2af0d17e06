import { ConfigurationError } from './errors.ts'
import { DEFAULT_KEY_PREFIX, IMAGE_PREFIX, UPLINK_PREFIX } from './keys.ts'
import type { UrlSettings } from './linked-url.ts'
import { isLoopbackHost } from './url-parts.ts'

/** What the gateway and the linker have to know on every cloud. Where the parts are reached is the provider's. */
export interface Settings extends UrlSettings {
  /** Without a slash at the end. */
  readonly ckanUrl: string
  /** Whether CKAN may be asked by http at an address other than loopback. */
  readonly allowHttpCkan: boolean
  /** The header from which CKAN reads tokens. */
  readonly ckanTokenHeader: string
  readonly bucket: string
  readonly maxUploadBytes: number
  /** Files declared as larger are uploaded in parts. */
  readonly multipartAboveBytes: number
  /** Bare media types; empty: all. */
  readonly allowedTypes: readonly string[]
  /** Objects above this are linked without reading them, their declared checksum unverified. */
  readonly maxVerifyBytes: number
  readonly maxImageBytes: number
  /** Pixels of an image's longer side. */
  readonly maxImageSide: number
  readonly allowSvg: boolean
  readonly urlExpiresInSeconds: number
  /** Uploads of one user that wait for their files at once; those of images have a bound of their own. */
  readonly maxOpenUploads: number
  readonly requireUploadRecord: boolean
  /** Calls to CKAN at once, per invocation. */
  readonly ckanConcurrency: number
  readonly ckanTimeoutMs: number
  /** Calls to the store at once, per invocation. */
  readonly storeConcurrency: number
  readonly loader?: 'xloader' | 'datapusher'
  /** Absent: files that a later upload has replaced are kept. */
  readonly removeReplacedAfterDays?: number
  /** When files that were never linked are removed, and records for which no file came. */
  readonly removeUnlinkedAfterDays: number
  /** Whether files that were replaced are for everybody who may read the resource. */
  readonly publicVersions: boolean
  readonly passThrough: boolean
  /** Whether anonymous callers may send forms with files to CKAN. */
  readonly anonymousDatasets: boolean
  readonly allowedOrigins: readonly string[]
  /** Of a user; an address may make twenty times as many. */
  readonly requestsPerMinute: number
}

type Environment = Readonly<Record<string, unknown>>

/** Collects every fault before it complains, so that a deployment is mended once. */
export class SettingsReader {
  readonly #env: Environment
  readonly #faults: string[] = []
  readonly #names = new Set<string>()

  constructor(env: Environment) {
    this.#env = env
  }

  /** Every name that was asked for. */
  get names(): readonly string[] {
    return [...this.#names]
  }

  fault(message: string): void {
    this.#faults.push(message)
  }

  /** Throws `ConfigurationError` with every fault found so far. */
  check(): void {
    if (this.#faults.length > 0) throw new ConfigurationError(this.#faults)
  }

  text(name: string, fallback?: string): string {
    const value = this.#read(name) ?? fallback
    if (value === undefined) this.fault(`${name} is missing.`)
    return value ?? ''
  }

  optionalText(name: string): string | undefined {
    return this.#read(name)
  }

  /** An http(s) address without query; a slash at the end is dropped. */
  url(name: string): string {
    const value = this.optionalUrl(name)
    if (value === undefined && this.#read(name) === undefined) this.fault(`${name} is missing.`)
    return value ?? ''
  }

  optionalUrl(name: string): string | undefined {
    const value = this.#read(name)
    if (value === undefined) return undefined
    const url = URL.canParse(value) ? new URL(value) : undefined
    if (url?.username || url?.password) this.fault(`${name} holds a user or a password: give the address without them.`)
    else if (url && /^https?:$/u.test(url.protocol) && !/[?#]/u.test(value)) return url.href.replace(/\/+$/u, '')
    else
      this.fault(
        `${name} is ${JSON.stringify(value)}: give an http or https address without query, such as https://data.example.org.`,
      )
    return undefined
  }

  optionalInteger(name: string, range: readonly [number, number]): number | undefined {
    return this.#read(name) === undefined ? undefined : this.integer(name, range[0], range)
  }

  integer(name: string, fallback: number, [least, most]: readonly [number, number]): number {
    const value = this.#read(name) ?? String(fallback)
    const number = /^\d+$/u.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= most) return number
    this.fault(`${name} is ${JSON.stringify(value)}: give a whole number from ${least} to ${most}.`)
    return fallback
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#read(name) ?? String(fallback)
    if (value !== 'true' && value !== 'false') this.fault(`${name} is ${JSON.stringify(value)}: give true or false.`)
    return value === 'true'
  }

  choice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#read(name)
    const choice = choices.find((candidate) => candidate === value)
    if (value !== undefined && choice === undefined)
      this.fault(`${name} is ${JSON.stringify(value)}: give one of ${choices.join(', ')}.`)
    return choice
  }

  /** Words between commas. */
  list(name: string): readonly string[] {
    return (this.#read(name) ?? '')
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '')
  }

  #read(name: string): string | undefined {
    this.#names.add(name)
    const value = this.#env[name]
    // Variables of a Worker may be JSON's own numbers and booleans.
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined
  }
}

/** What `read` makes of an environment; throws `ConfigurationError` with every fault at once. */
export function readFrom<T>(env: Environment, read: (reader: SettingsReader) => T): T {
  const reader = new SettingsReader(env)
  const values = read(reader)
  reader.check()
  return values
}

/** The name of every setting that `read` asks for. */
export function namesReadBy(read: (reader: SettingsReader) => unknown): readonly string[] {
  const reader = new SettingsReader({})
  read(reader)
  return reader.names
}

/** How many times the requests of a user an address may make: a whole office often has one address. */
export const REQUESTS_OF_ADDRESS = 20

const MIB = 1024 ** 2
const GIB = 1024 * MIB
/**
 * The gateway serves images itself, and an answer of Lambda holds 6 MB, in which an image is a third larger.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_IMAGE_BYTES = 4 * MIB
const MAX_DAYS = 3650

/** The settings that are the same on every cloud. Faults stay with the reader until its `check()`. */
export function readSettings(reader: SettingsReader): Settings {
  const publicBucketUrl = reader.optionalUrl('PUBLIC_BUCKET_URL')
  const allowHttpCkan = reader.flag('ALLOW_HTTP_CKAN', false)
  const loader = reader.choice('LOADER', ['xloader', 'datapusher'])
  const removeReplacedAfterDays = reader.optionalInteger('REMOVE_REPLACED_AFTER_DAYS', [1, MAX_DAYS])
  return {
    ckanUrl: readCkanUrl(reader, allowHttpCkan),
    allowHttpCkan,
    ckanTokenHeader: readTokenHeader(reader),
    gatewayUrl: reader.url('GATEWAY_URL'),
    ...(publicBucketUrl !== undefined && { publicBucketUrl }),
    bucket: reader.text('BUCKET_NAME'),
    keyPrefix: readKeyPrefix(reader),
    maxUploadBytes: reader.integer('MAX_UPLOAD_BYTES', 5 * GIB, [1, 200_000 * GIB]),
    multipartAboveBytes: reader.integer('MULTIPART_ABOVE_BYTES', 100 * MIB, [0, 5 * GIB]),
    allowedTypes: reader.list('ALLOWED_TYPES').map((type) => type.toLowerCase()),
    maxVerifyBytes: reader.integer('MAX_VERIFY_BYTES', GIB / 4, [0, 50 * GIB]),
    maxImageBytes: reader.integer('MAX_IMAGE_BYTES', MAX_IMAGE_BYTES, [1, MAX_IMAGE_BYTES]),
    maxImageSide: reader.integer('MAX_IMAGE_SIDE', 4096, [1, 65_535]),
    allowSvg: reader.flag('ALLOW_SVG', false),
    urlExpiresInSeconds: reader.integer('URL_EXPIRES_SECONDS', 3600, [1, 3600]),
    maxOpenUploads: reader.integer('MAX_OPEN_UPLOADS', 10_000, [1, 1_000_000]),
    requireUploadRecord: reader.flag('REQUIRE_UPLOAD_RECORD', false),
    ckanConcurrency: reader.integer('CKAN_CONCURRENCY', 4, [1, 100]),
    ckanTimeoutMs: reader.integer('CKAN_TIMEOUT_MS', 20_000, [100, 300_000]),
    storeConcurrency: reader.integer('STORE_CONCURRENCY', 6, [1, 1000]),
    ...(loader !== undefined && { loader }),
    ...(removeReplacedAfterDays !== undefined && { removeReplacedAfterDays }),
    publicVersions: reader.flag('PUBLIC_VERSIONS', false),
    removeUnlinkedAfterDays: reader.integer('REMOVE_UNLINKED_AFTER_DAYS', 7, [1, MAX_DAYS]),
    passThrough: reader.flag('PASS_THROUGH', true),
    anonymousDatasets: reader.flag('ANONYMOUS_DATASETS', false),
    allowedOrigins: reader.list('ALLOWED_ORIGINS'),
    requestsPerMinute: reader.integer('REQUESTS_PER_MINUTE', 600, [1, 1_000_000]),
  }
}

/** Headers that each call of CKAN has for something else. */
const TAKEN_HEADERS = /^(?:accept|content-length|content-type|cookie|host|x-forwarded-for)$/iu

function readTokenHeader(reader: SettingsReader): string {
  const name = reader.text('CKAN_TOKEN_HEADER', 'Authorization')
  if (!/^[0-9A-Za-z-]+$/u.test(name) || TAKEN_HEADERS.test(name))
    reader.fault(
      `CKAN_TOKEN_HEADER is ${JSON.stringify(name)}: give the header that apitoken_header_name names in CKAN's configuration, such as X-CKAN-API-Key.`,
    )
  return name
}

/** Callers' tokens and the service's own go there with every call. */
function readCkanUrl(reader: SettingsReader, allowHttp: boolean): string {
  const address = reader.url('CKAN_URL')
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol === 'http:' && !allowHttp && !isLoopbackHost(url.hostname))
    reader.fault(
      `CKAN_URL is ${JSON.stringify(address)}, and http shows tokens to the network: give an https address, or set ALLOW_HTTP_CKAN to true where the way to CKAN is private.`,
    )
  return address
}

const RESERVED = [UPLINK_PREFIX, IMAGE_PREFIX]

/** A prefix in `uplink/` would make the linker answer its own records; one in `images/` takes two notification rules for one object. */
function readKeyPrefix(reader: SettingsReader): string {
  const prefix = reader.text('KEY_PREFIX', DEFAULT_KEY_PREFIX)
  if (
    !/^[0-9A-Za-z_-]+(?:\/[0-9A-Za-z_-]+)*\/$/u.test(prefix) ||
    RESERVED.some((reserved) => prefix.startsWith(reserved))
  ) {
    reader.fault(
      `KEY_PREFIX is ${JSON.stringify(prefix)}: give words of letters, digits, _ or - that each end in a slash, outside ${RESERVED.join(' and ')}.`,
    )
  }
  return prefix
}
