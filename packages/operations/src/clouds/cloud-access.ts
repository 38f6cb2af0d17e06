import type { Decode, ObjectStore } from '@ckan-uplink/core'
import type { DeadLetters, ObjectImporter } from '@ckan-uplink/core/operations'
import type { Settings } from '@ckan-uplink/core/settings'
import type { PlatformScanner } from '@ckan-uplink/core/uploads'
import type { Check } from '../doctor/check.ts'

/** A bucket whose files move to ours. Nothing is written there. */
export interface SourceBucket {
  readonly name: string
  readonly store: Pick<ObjectStore, 'head' | 'sha256'>
  /** Whether our store can copy from it. */
  readonly isInStore: boolean
  /** `undefined` when the object no longer has this ETag. */
  read(key: string, etag: string): Promise<AsyncIterable<Uint8Array> | undefined>
}

/** A bucket of another store, to which an export goes. */
export interface TargetBucket {
  readonly name: string
  readonly store: Pick<ObjectStore, 'head' | 'get' | 'put'>
  readonly importer: Pick<ObjectImporter, 'write'>
}

/** A cloud as an operator's own credentials reach it. Opening it sends no request to the deployment. */
export interface CloudAccess {
  readonly store: ObjectStore
  /** Absent where the platform has none. */
  readonly platformScanner?: PlatformScanner
  readonly deadLetters: DeadLetters
  readonly decode: Decode
  /** Brings files of other buckets to the bucket. */
  readonly importer: ObjectImporter
  /** Another bucket of the same store. */
  openSource(bucket: string): SourceBucket
  /** The URL at which a browser puts an object of this key. */
  urlOf(key: string): Promise<string>
  /** The headers that the browser adds for the upload, beyond the usual headers of browsers. */
  readonly uploadHeaders: readonly string[]
  /** Check that the cloud's resources are configured and connected as a deployment makes them. */
  readonly checks: readonly Check[]
}

/** The variables of the operator's process. */
export type EnvVars = Readonly<Record<string, string | undefined>>

/** What every cloud needs to open a deployment. */
export interface CloudAccessOptions {
  readonly settings: Settings
  readonly needs: Needs
  readonly env: EnvVars
}

/** Collects what the operator still has to set, one sentence each. */
export interface Needs {
  /** The variable's value. Without one, notes the variable as missing, with its description. */
  variable(name: string, description: string): string
  missing(sentence: string): void
}
