import type { Action, Place } from '@ckan-uplink/widget/transfers'

interface ShownResource {
  readonly id: string
  readonly url?: string
}
type Shown = ShownResource & { readonly resources?: readonly ShownResource[] }

/** Gives the URL of a linked file, or `undefined` if CKAN does not show it to this person. */
export type LinkedUrl = (resource: string) => Promise<string | undefined>

/** Asks CKAN once for all files that were linked at the same moment. */
export function createLinkedUrl(action: Action, { dataset, resource, link }: Place): LinkedUrl {
  let asked: Promise<readonly ShownResource[]> | undefined

  async function ask(): Promise<readonly ShownResource[]> {
    asked = undefined
    if (link !== undefined) return []
    try {
      const shown = (await (resource
        ? action('resource_show', { id: resource })
        : action('package_show', { id: dataset }))) as Shown
      return shown.resources ?? [shown]
    } catch {
      // The file is linked all the same.
      return []
    }
  }

  return async (id) => {
    asked ??= Promise.resolve().then(ask)
    return (await asked).find((shown) => shown.id === id)?.url
  }
}
