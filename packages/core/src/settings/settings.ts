import type { UrlSettings } from '../uploads/linked-url.ts'

/** The settings of the gateway and the linker on every cloud. Each cloud adds settings of its own. */
export interface Settings extends UrlSettings {
  /** The version of this program; of an entry of `environments.ts`, the version of the checkout. */
  readonly version?: string
  /** Without a slash at the end. */
  readonly ckanUrl: string
  /** The address of CKAN for people, without a slash at the end. Absent: it is `ckanUrl`. */
  readonly ckanSiteUrl?: string
  /** Whether `ckanUrl` may be an http address other than loopback. */
  readonly allowHttpCkan: boolean
  /** The header from which CKAN reads tokens. */
  readonly ckanTokenHeader: string
  readonly bucket: string
  readonly maxUploadBytes: number
  /** Files with a larger declared size are uploaded in parts. */
  readonly multipartAboveBytes: number
  /** Bare media types; empty: all. */
  readonly allowedTypes: readonly string[]
  /** The linker links larger objects without reading them, and does not verify their declared checksum. */
  readonly maxVerifyBytes: number
  readonly maxImageBytes: number
  /** Pixels of an image's longer side. */
  readonly maxImageSide: number
  readonly allowSvg: boolean
  readonly urlExpiresInSeconds: number
  /** Uploads of one user that wait for their files at the same time. Images are counted separately. */
  readonly maxOpenUploads: number
  /** Of the files of one organization together. Absent: no limit. Without both, quotas are off. */
  readonly quotaBytes?: number
  readonly quotaFiles?: number
  /**
   * The scanner that has to find each file clean before it is linked. `platform`: the scanner of the bucket's own
   * platform. Absent: files are linked without a scan.
   */
  readonly scanner?: 'clamav' | 'platform'
  readonly requireUploadRecord: boolean
  /** Concurrent calls to CKAN, per invocation. */
  readonly ckanConcurrency: number
  readonly ckanTimeoutMs: number
  /** Concurrent calls to the store, per invocation. */
  readonly storeConcurrency: number
  readonly loader?: 'xloader' | 'datapusher'
  /** Whether the loader can read files of private datasets: xloader with CKAN's plugin. */
  readonly loadPrivate: boolean
  /** Whether the linker creates CKAN's default views of a resource with a new file or format. */
  readonly defaultViews: boolean
  /** CKAN's name of the storage for our files. Absent: the linker registers no files in CKAN. */
  readonly filesStorage?: string
  /** Absent: replaced files are kept. */
  readonly removeReplacedAfterDays?: number
  /** So many earlier files of each resource stay, however old they are. */
  readonly keepVersions?: number
  /** When to remove files that were never linked, and records of uploads whose file never came. */
  readonly removeUnlinkedAfterDays: number
  /** Whether users who may read the resource may also read its replaced files. */
  readonly publicVersions: boolean
  readonly passThrough: boolean
  /** Whether users may create links by which people without an account deliver files. */
  readonly uploadLinks: boolean
  /** Whether anonymous callers may send forms with files to CKAN. */
  readonly anonymousDatasets: boolean
  /** Whether old clients may use the FileStore API of CKAN 1.8 to 2.8. */
  readonly filestoreApi: boolean
  readonly allowedOrigins: readonly string[]
  /** Per user; one address may send `REQUESTS_OF_ADDRESS` times as many. */
  readonly requestsPerMinute: number
  /** How long the gateway signs URLs for a dataset before it asks CKAN for the permission again. */
  readonly rememberPermissionSeconds: number
  /** The receivers of events; empty: there are no events. */
  readonly webhookUrls: readonly string[]
}
