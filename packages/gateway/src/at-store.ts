import { messageOf, UplinkError } from '@ckan-uplink/core'

/** Turns every failure of the store or its signer into an `UplinkError` of code `store`, so that callers do not take it for CKAN's failure. */
export async function atStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw new UplinkError('store', `The store failed: ${messageOf(cause)}`, true, { cause })
  }
}
