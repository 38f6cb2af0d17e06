import type { Settings } from '@ckan-uplink/core/settings'

/** A secret by its name. Never the secret itself: `environments.ts` is in git. */
export interface SecretReference {
  /** Its name where the cloud keeps secrets: `infra/<cloud>/entry.ts` says where. */
  readonly secret: string
}

/** The fields of an entry that name a secret. */
export const SECRET_FIELDS = ['ckanToken', 'grantSecret', 'webhookSecret'] as const
export type SecretField = (typeof SECRET_FIELDS)[number]

type DefaultedSettings = Partial<Omit<Settings, 'ckanUrl' | 'gatewayUrl' | 'bucket' | 'ckanConcurrency' | 'version'>>

/** The fields of an entry that are the same on every cloud. docs/configuration.md describes the settings among them. */
export interface CommonEnvironment extends DefaultedSettings {
  /** The address at which CKAN answers without a redirect. */
  readonly ckanUrl: string
  /** The service's own CKAN token. */
  readonly ckanToken: SecretReference
  /** The secret that CKAN's plugin `ckanext-uplink` shares. Default: the site does not have the plugin. */
  readonly grantSecret?: SecretReference
  /** The secret that signs events for the receivers in `webhookUrls`. Required if there are any. */
  readonly webhookSecret?: SecretReference
  /** The limit of simultaneous calls to CKAN for all invocations of the linker together; at least two. */
  readonly ckanCallsAtOnce: number
  /** The gateway's public address. */
  readonly gatewayUrl: string
  /** The bucket's name. On Azure the bucket is a container. */
  readonly bucket: string
  /** The addresses that receive alarms. */
  readonly alarmEmails?: readonly string[]
  /** Whether a nightly run compares the whole bucket with CKAN. Default: true. */
  readonly reconcileNightly?: boolean
}

/** The fields that only the entries of this cloud have. */
export type OwnFields<Entry> = Readonly<Record<Exclude<keyof Entry, keyof CommonEnvironment | 'provider'>, true>>
