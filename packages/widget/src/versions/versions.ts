import type { Action, Sender } from '../prepare.ts'

/** Uploads that were never linked can make pages of the gateway empty. */
const MAX_PAGES = 5

/** A present or earlier file of a resource. */
export interface Version {
  readonly upload: string
  readonly state: 'current' | 'replaced' | 'withdrawn'
  readonly name: string
  readonly size?: number
  /** When CKAN first showed it. */
  readonly at?: string
  readonly by?: string
  readonly restored_from?: string
  readonly withdrawn?: { readonly at: string; readonly by?: string; readonly reason?: string }
}

/** What CKAN shows for the resource. */
export interface Shown {
  readonly url: string
  readonly last_modified: string | null
  /** The upload of its file; absent when the URL is no file of the gateway. */
  readonly upload?: string | undefined
}

interface VersionPage {
  readonly versions: readonly Version[]
  readonly shown: Shown
  /** Where the next page begins. */
  readonly next: string | null
}

/** The files of a resource, for people who may update it. */
export interface Versions {
  /** A page, the newest files first. It may be empty though others follow. */
  list(after?: string): Promise<VersionPage>
  /** An address that opens the file, for some minutes. `undefined`: the file is gone. */
  addressOf(upload: string): Promise<string | undefined>
  /** Ends when CKAN shows the file again. Fails if CKAN shows something else than the person has seen. */
  restore(upload: string, replaces: Shown | undefined): Promise<void>
}

interface Listed extends Version {
  readonly open_url?: string
}

export function createVersions(
  { action, waitFor }: { readonly action: Action; readonly waitFor: Sender['waitFor'] },
  resource: string,
): Versions {
  const ask = async (params: object) =>
    (await action('resource_versions', { id: resource, ...params })) as VersionPage & { versions: readonly Listed[] }
  return {
    async list(after) {
      let page = await ask({ after })
      for (let asked = 1; asked < MAX_PAGES && page.versions.length === 0 && page.next !== null; asked += 1)
        page = await ask({ after: page.next })
      return page
    },
    async addressOf(upload) {
      return (await ask({ upload })).versions[0]?.open_url
    },
    async restore(upload, replaces) {
      const answer = await action('resource_restore', { id: resource, upload, replaces })
      await waitFor((answer as { readonly upload: { readonly id: string } }).upload.id, 'linked')
    },
  }
}
