import { createStoreGuard } from '@ckan-uplink/core'

/** Wraps every call of R2, through its binding and through its S3 endpoint. */
export const guard = createStoreGuard('R2')
