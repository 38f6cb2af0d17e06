import { messageOf, UplinkError } from '@ckan-uplink/core'

/** Whatever a call of the store, or of its signer, fails with is an `UplinkError` of code `store`: callers must not take it for CKAN's. */
export async function atStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw new UplinkError('store', `The store failed: ${messageOf(cause)}`, true, { cause })
  }
}
