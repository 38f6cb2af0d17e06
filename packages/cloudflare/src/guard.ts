import { createStoreGuard } from '@ckan-uplink/core'

/** For every call of R2, by its binding and by its S3 endpoint. */
export const guard = createStoreGuard('R2')
