import { createUplink, type Uplink } from '@ckan-uplink/client'
import { createToken } from './credentials.ts'

/** One client for each place, with grants for this place alone. `getGrant` is called before a grant can expire. */
export function createSenders(
  gateway: string,
  getGrant: (place: string) => Promise<string>,
): (place: string) => Uplink {
  const senders = new Map<string, Uplink>()
  return (place) => {
    const sender = senders.get(place) ?? createUplink({ gateway, token: createToken(() => getGrant(place)) })
    senders.set(place, sender)
    return sender
  }
}
