import type { JournalEntry, Work } from '@ckan-uplink/cli/migrate'
import type { LinkDeps } from '@ckan-uplink/core'
import type { ObjectImporter } from '@ckan-uplink/core/operations'
import type { SourceBucket } from '../clouds/cloud-access.ts'
import type { ImageKeyOf, Layout } from './layouts.ts'

/** What every step of a move needs. */
export interface Move {
  readonly layout: Layout
  /** Absent: the former uploader keeps no images in the bucket, or they stay. */
  readonly imageKey?: ImageKeyOf | undefined
  /** Ends in a slash, or is empty. */
  readonly path: string
  /** Where people see CKAN. */
  readonly sites: readonly string[]
  /** The storage of CKAN's files that keeps them in the former bucket. */
  readonly storage?: string | undefined
  readonly source: SourceBucket
  readonly includePrivate: boolean
  readonly importer: ObjectImporter
  readonly linkDeps: LinkDeps
  /** The path of the journal. */
  readonly journal: string
  /** The last entry of each resource in the journal, from earlier runs. */
  readonly former: ReadonlyMap<string, JournalEntry>
  /** CKAN itself, with the operator's token. */
  readonly work: Work
}
