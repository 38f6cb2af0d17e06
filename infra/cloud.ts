import type { CkanClient } from '@ckan-uplink/ckan'
import type { Check, CloudAccess, CloudAccessOptions, EnvVars, LogOptions, LogReader } from '@ckan-uplink/operations'

import type { NewEntry } from './new-entry.ts'

/** What to do with an environment. */
export type Verb = 'deploy' | 'preview' | 'destroy'

/** What every entry of `environments.ts` says about its cloud. */
export interface OnCloud {
  readonly provider: string
}

/** Everything that the repository knows about a cloud. `Entry` is an entry of `environments.ts` on this cloud. */
export interface Cloud<Entry extends OnCloud> {
  /** The cloud's name in sentences. */
  readonly label: string
  /** The fields of an entry beside the settings and the fields of every cloud. */
  readonly fields: Readonly<Record<string, true>>
  /** One sentence for each value that the cloud would refuse, and for each contradiction. */
  check(name: string, environment: Entry): Iterable<string>
  /** What an environment has for itself alone, by the field that names it. */
  owned(name: string, environment: Entry): Readonly<Record<string, string>>
  /** A URL that stands in for the gateway's address until the cloud chooses it. Absent if the entry has the address. */
  gatewayPlaceholder?(environment: Entry): string | undefined
  /** Asks the cloud for the address that it chose. Present if `gatewayPlaceholder` is. Loads the cloud's SDK. */
  findGateway?(name: string, environment: Entry): Promise<string>
  /** How `npm run new` makes an entry. */
  newEntry(): Promise<NewEntry>
  /** The command that does this to an environment, as words. */
  command(verb: Verb, name: string): readonly string[]
  /**
   * Stores the secret of this name, also in place of an earlier value. Returns the sentence that says when it holds.
   */
  storeSecret(name: string, environment: Entry, secret: string, value: string): Promise<string>
  /** The npm projects below `infra` that the command needs. */
  readonly projects: readonly string[]
  /** What `npm run build` writes. Loads the bundler. */
  bundles(): Promise<readonly Bundle[]>
  /** Checks what the cloud would refuse only in the middle of a deployment. Loads the cloud's SDK. */
  beforeDeploy(name: string, environment: Entry, client: CkanClient, env: EnvVars): Promise<readonly Check[]>
  /** Opens the logs of a deployment for an operator. Loads the cloud's SDK. */
  openLogs(name: string, environment: Entry, options: LogOptions): Promise<LogReader>
  /** Opens a deployment for an operator. Loads the cloud's SDK. */
  open(name: string, environment: Entry, options: CloudAccessOptions): Promise<CloudAccess>
}

/** Files that deploy together. */
export interface Bundle {
  /** Below `dist`. */
  readonly folder: string
  /** The size limit of each program. Files below `static` have no limit: they do not delay the start. */
  readonly maxBytes: number
  /** The content of each file by its name. */
  files(): Promise<Readonly<Record<string, string>>>
}
