import type { ShownUpload } from '@ckan-uplink/client'
import type { Action, Sender } from '../prepare.ts'

/** A file that came by an upload link and waits for a decision. */
export interface Proposal {
  readonly id: string
  readonly name: string
  readonly size: number | undefined
  /** When the upload began. */
  readonly at: string | undefined
  /** The person who created the link. */
  readonly by: string | undefined
  /** The note of the link. */
  readonly note: string | undefined
}

/** The files that wait, for people who may change the place. */
export interface Proposals {
  /** The next files. Empty when there are no more, and for a person who may not decide. */
  next(): Promise<readonly Proposal[]>
  /** An address that opens the unchecked file, for some minutes. `undefined`: it cannot be opened. */
  addressOf(id: string): Promise<string | undefined>
  /** Ends when CKAN shows the file. */
  accept(id: string): Promise<void>
  refuse(id: string, reason: string): Promise<void>
}

interface Listed {
  readonly upload: Pick<ShownUpload, 'id' | 'declared' | 'requested_at'>
  readonly link?: { readonly created_by: string; readonly note?: string }
  readonly url?: string
}

interface Page {
  readonly proposals: readonly Listed[]
  readonly next: string | null
}

/** All files of a dataset, those for its resources included, or the files for one resource. */
export type WaitingPlace = { readonly dataset: string } | { readonly resource: string }

/** The addresses of a page work for five minutes. */
const FRESH_MS = 240_000

interface Opened {
  readonly url: string | undefined
  readonly after: string | undefined
  readonly at: number
}

export function createProposals(
  { action, waitFor }: { readonly action: Action; readonly waitFor: Sender['waitFor'] },
  place: WaitingPlace,
  now: () => number = Date.now,
): Proposals {
  const opened = new Map<string, Opened>()
  let after: string | null | undefined

  async function list(from: string | undefined): Promise<Page> {
    const page = (await action('upload_proposals', { ...place, after: from })) as Page
    for (const { upload, url } of page.proposals) opened.set(upload.id, { url, after: from, at: now() })
    return page
  }

  return {
    async next() {
      // A page may be empty though others follow.
      while (after !== null) {
        const page = await list(after)
        after = page.next
        if (page.proposals.length > 0) return page.proposals.map(toProposal)
      }
      return []
    },
    async addressOf(id) {
      const before = opened.get(id)
      if (before === undefined || now() - before.at > FRESH_MS) await list(before?.after)
      return opened.get(id)?.url
    },
    async accept(id) {
      await action('upload_accept', { id })
      await waitFor(id, 'linked')
    },
    async refuse(id, reason) {
      await action('upload_refuse', { id, reason })
    },
  }
}

function toProposal({ upload: { id, declared, requested_at }, link }: Listed): Proposal {
  return {
    id,
    name: declared.name ?? id,
    size: declared.size,
    at: requested_at,
    by: link?.created_by,
    note: link?.note,
  }
}
