import { readSettings, type Settings, SettingsReader } from '@ckan-uplink/core/settings'
import { IMAGE_PREFIX } from '@ckan-uplink/core/uploads'
import { checkoutVersion } from './checkout-version.ts'
import type { CommonEnvironment } from './common-environment.ts'
import { cloudOf, type Environment } from './environment.ts'

const VARIABLES = {
  version: 'UPLINK_VERSION',
  ckanUrl: 'CKAN_URL',
  ckanSiteUrl: 'CKAN_SITE_URL',
  allowHttpCkan: 'ALLOW_HTTP_CKAN',
  ckanTokenHeader: 'CKAN_TOKEN_HEADER',
  gatewayUrl: 'GATEWAY_URL',
  publicBucketUrl: 'PUBLIC_BUCKET_URL',
  formerUrls: 'FORMER_URLS',
  bucket: 'BUCKET_NAME',
  keyPrefix: 'KEY_PREFIX',
  maxUploadBytes: 'MAX_UPLOAD_BYTES',
  multipartAboveBytes: 'MULTIPART_ABOVE_BYTES',
  allowedTypes: 'ALLOWED_TYPES',
  maxVerifyBytes: 'MAX_VERIFY_BYTES',
  maxImageBytes: 'MAX_IMAGE_BYTES',
  maxImageSide: 'MAX_IMAGE_SIDE',
  allowSvg: 'ALLOW_SVG',
  urlExpiresInSeconds: 'URL_EXPIRES_SECONDS',
  maxOpenUploads: 'MAX_OPEN_UPLOADS',
  quotaBytes: 'QUOTA_BYTES',
  quotaFiles: 'QUOTA_FILES',
  scanner: 'SCANNER',
  requireUploadRecord: 'REQUIRE_UPLOAD_RECORD',
  ckanConcurrency: 'CKAN_CONCURRENCY',
  ckanTimeoutMs: 'CKAN_TIMEOUT_MS',
  storeConcurrency: 'STORE_CONCURRENCY',
  loader: 'LOADER',
  loadPrivate: 'LOAD_PRIVATE',
  defaultViews: 'DEFAULT_VIEWS',
  filesStorage: 'FILES_STORAGE',
  removeReplacedAfterDays: 'REMOVE_REPLACED_AFTER_DAYS',
  keepVersions: 'KEEP_VERSIONS',
  removeUnlinkedAfterDays: 'REMOVE_UNLINKED_AFTER_DAYS',
  publicVersions: 'PUBLIC_VERSIONS',
  passThrough: 'PASS_THROUGH',
  uploadLinks: 'UPLOAD_LINKS',
  anonymousDatasets: 'ANONYMOUS_DATASETS',
  filestoreApi: 'FILESTORE_API',
  allowedOrigins: 'ALLOWED_ORIGINS',
  requestsPerMinute: 'REQUESTS_PER_MINUTE',
  rememberPermissionSeconds: 'REMEMBER_PERMISSION_SECONDS',
  webhookUrls: 'WEBHOOK_URLS',
} as const satisfies Record<keyof Settings, string>

/** A reader of the environment's settings. A check can add its own faults to it. */
export function openSettings(environment: Environment): SettingsReader {
  // `ckanCallsAtOnce` has its own check under its own name.
  const ckanConcurrency = concurrencyOf(environment).perInvocation || 1
  const placeholder = cloudOf(environment)?.gatewayPlaceholder?.(environment)
  const gateway = placeholder === undefined ? {} : { gatewayUrl: placeholder }
  return new SettingsReader(variablesOf({ ...environment, ...gateway, ckanConcurrency, version: checkoutVersion() }))
}

/** The environment's settings, defaults included. Throws `ConfigurationError`. */
export function settingsOf(environment: Environment): Settings {
  const reader = openSettings(environment)
  const settings = readSettings(reader)
  reader.check()
  return settings
}

/** Settings as the variables that the deployed program reads. An absent setting has no variable. */
export function variablesOf(settings: Partial<Settings>): Readonly<Record<string, string>> {
  const fields = Object.keys(VARIABLES).filter(isField)
  return Object.fromEntries(
    fields.map((field) => [VARIABLES[field], textOf(settings[field])]).filter(([, text]) => text !== ''),
  )
}

/** The fields of all settings that an environment may set. */
export const SETTINGS: readonly string[] = Object.keys(VARIABLES).filter(isSetting)

/** Whether an environment may set it. `ckanConcurrency` follows from `ckanCallsAtOnce`, and `version` from git. */
export function isSetting(name: string): boolean {
  return isField(name) && name !== 'ckanConcurrency' && name !== 'version'
}

/** The field of an environment behind a variable, or the variable's own name. */
export function fieldOf(variable: string): string {
  return Object.entries(VARIABLES).find(([, name]) => name === variable)?.[0] ?? variable
}

/**
 * The calls to CKAN at once per invocation of the linker, and the invocations that consume the queue at once. From
 * three calls there are at least two consumers, the minimum of AWS. One invocation stays free for the reconciliation,
 * so that all together never exceed `ckanCallsAtOnce`.
 */
export function concurrencyOf({ ckanCallsAtOnce }: Pick<CommonEnvironment, 'ckanCallsAtOnce'>): {
  readonly perInvocation: number
  readonly consumers: number
} {
  const perInvocation = Math.max(1, Math.min(4, Math.floor(ckanCallsAtOnce / 3)))
  return { perInvocation, consumers: Math.floor(ckanCallsAtOnce / perInvocation) - 1 }
}

/** The prefixes with notifications. They never overlap in a checked environment. */
export function notifiedPrefixes({ keyPrefix }: Settings): readonly string[] {
  return [keyPrefix, IMAGE_PREFIX]
}

function isField(name: string): name is keyof typeof VARIABLES {
  return Object.hasOwn(VARIABLES, name)
}

function textOf(value: unknown): string {
  return value === undefined ? '' : Array.isArray(value) ? value.join(',') : String(value)
}
