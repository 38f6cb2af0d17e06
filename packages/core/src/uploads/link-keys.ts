import { UPLINK_PREFIX } from './keys.ts'

/** Below this prefix, the gateway keeps upload links, and the marks that find them. */
export const LINKS_PREFIX = `${UPLINK_PREFIX}links/`
/** One empty object per link, made with it: `<dataset id>/<link id>`. */
export const LINK_MARKS_PREFIX = `${LINKS_PREFIX}of/`
/** The longest time until a link ends. */
export const MAX_LINK_DAYS = 30

export function linkKey(id: string): string {
  return `${LINKS_PREFIX}all/${id}.json`
}
