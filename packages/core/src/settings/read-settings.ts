import { isLoopbackHost } from '../support/loopback.ts'
import { GIB, MIB } from '../support/units.ts'
import { DEFAULT_KEY_PREFIX, FILESTORE_PREFIX, IMAGE_PREFIX, UPLINK_PREFIX } from '../uploads/keys.ts'
import type { Settings } from './settings.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readWebhookUrls } from './webhooks.ts'

/** One address may send this many times the requests of one user, because a whole office often shares one address. */
export const REQUESTS_OF_ADDRESS = 20

/**
 * The gateway serves images itself. An answer of Lambda holds 6 MB, and base64 makes an image a third larger.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_IMAGE_BYTES = 4 * MIB
const MAX_DAYS = 3650
const MAX_VERSIONS = 1000

/** Reads the settings that all clouds share. The reader keeps the faults until its `check()`. */
export function readSettings(reader: SettingsReader): Settings {
  const publicBucketUrl = reader.optionalUrl('PUBLIC_BUCKET_URL')
  const formerUrls = reader.urls('FORMER_URLS')
  const version = reader.optionalText('UPLINK_VERSION')
  const ckanSiteUrl = reader.optionalUrl('CKAN_SITE_URL')
  const allowHttpCkan = reader.flag('ALLOW_HTTP_CKAN', false)
  const scanner = reader.choice('SCANNER', ['clamav', 'platform'])
  const loader = reader.choice('LOADER', ['xloader', 'datapusher'])
  const filesStorage = readFilesStorage(reader)
  const removeReplacedAfterDays = reader.optionalInteger('REMOVE_REPLACED_AFTER_DAYS', [1, MAX_DAYS])
  const quotaBytes = reader.optionalInteger('QUOTA_BYTES', [1, Number.MAX_SAFE_INTEGER])
  const quotaFiles = reader.optionalInteger('QUOTA_FILES', [1, Number.MAX_SAFE_INTEGER])
  const keepVersions = reader.optionalInteger('KEEP_VERSIONS', [1, MAX_VERSIONS])
  return {
    ...(version !== undefined && { version }),
    ckanUrl: readCkanUrl(reader, allowHttpCkan),
    ...(ckanSiteUrl !== undefined && { ckanSiteUrl }),
    allowHttpCkan,
    ckanTokenHeader: readTokenHeader(reader),
    gatewayUrl: reader.url('GATEWAY_URL'),
    ...(publicBucketUrl !== undefined && { publicBucketUrl }),
    ...(formerUrls.length > 0 && { formerUrls }),
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
    ...(quotaBytes !== undefined && { quotaBytes }),
    ...(quotaFiles !== undefined && { quotaFiles }),
    ...(scanner !== undefined && { scanner }),
    requireUploadRecord: reader.flag('REQUIRE_UPLOAD_RECORD', false),
    ckanConcurrency: reader.integer('CKAN_CONCURRENCY', 4, [1, 100]),
    ckanTimeoutMs: reader.integer('CKAN_TIMEOUT_MS', 20_000, [100, 300_000]),
    storeConcurrency: reader.integer('STORE_CONCURRENCY', 6, [1, 1000]),
    ...(loader !== undefined && { loader }),
    loadPrivate: reader.flag('LOAD_PRIVATE', false),
    defaultViews: reader.flag('DEFAULT_VIEWS', true),
    ...(filesStorage !== undefined && { filesStorage }),
    ...(removeReplacedAfterDays !== undefined && { removeReplacedAfterDays }),
    ...(keepVersions !== undefined && { keepVersions }),
    publicVersions: reader.flag('PUBLIC_VERSIONS', false),
    removeUnlinkedAfterDays: reader.integer('REMOVE_UNLINKED_AFTER_DAYS', 7, [1, MAX_DAYS]),
    passThrough: reader.flag('PASS_THROUGH', true),
    uploadLinks: reader.flag('UPLOAD_LINKS', false),
    anonymousDatasets: reader.flag('ANONYMOUS_DATASETS', false),
    filestoreApi: reader.flag('FILESTORE_API', false),
    allowedOrigins: reader.list('ALLOWED_ORIGINS'),
    requestsPerMinute: reader.integer('REQUESTS_PER_MINUTE', 600, [1, 1_000_000]),
    rememberPermissionSeconds: reader.integer('REMEMBER_PERMISSION_SECONDS', 60, [0, 600]),
    webhookUrls: readWebhookUrls(reader),
  }
}

/** Headers that calls to CKAN use for other purposes. */
const TAKEN_HEADERS = /^(?:accept|content-length|content-type|cookie|host|x-forwarded-for)$/iu

function readTokenHeader(reader: SettingsReader): string {
  const name = reader.text('CKAN_TOKEN_HEADER', 'Authorization')
  if (!/^[0-9A-Za-z-]+$/u.test(name) || TAKEN_HEADERS.test(name))
    reader.fault(
      `CKAN_TOKEN_HEADER is ${JSON.stringify(name)}: give the value of apitoken_header_name in CKAN's configuration, such as X-CKAN-API-Key.`,
    )
  return name
}

/** Options of CKAN contain the name. */
function readFilesStorage(reader: SettingsReader): string | undefined {
  const name = reader.optionalText('FILES_STORAGE')
  if (name !== undefined && !/^[\w-]{1,100}$/u.test(name))
    reader.fault(
      `FILES_STORAGE is ${JSON.stringify(name)}: give CKAN's name of the storage, of letters, digits, _ and -.`,
    )
  return name
}

/** Every call to CKAN carries a caller's token or the service token. */
function readCkanUrl(reader: SettingsReader, allowHttp: boolean): string {
  const address = reader.url('CKAN_URL')
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol === 'http:' && !allowHttp && !isLoopbackHost(url.hostname))
    reader.fault(
      `CKAN_URL is ${JSON.stringify(address)}, and http exposes tokens on the network: give an https address, or set ALLOW_HTTP_CKAN to true if the network to CKAN is private.`,
    )
  return address
}

const RESERVED = [UPLINK_PREFIX, IMAGE_PREFIX, FILESTORE_PREFIX]

/**
 * Below `uplink/` the linker would react to its own records. Below `images/` two notification rules would match one
 * object. Below `filestore/` it would park the files of old clients.
 */
function readKeyPrefix(reader: SettingsReader): string {
  const prefix = reader.text('KEY_PREFIX', DEFAULT_KEY_PREFIX)
  if (
    !/^[0-9A-Za-z_-]+(?:\/[0-9A-Za-z_-]+)*\/$/u.test(prefix) ||
    RESERVED.some((reserved) => prefix.startsWith(reserved))
  ) {
    reader.fault(
      `KEY_PREFIX is ${JSON.stringify(prefix)}: give path segments of letters, digits, _ or -, each followed by a slash, outside ${RESERVED.join(', ')}.`,
    )
  }
  return prefix
}
