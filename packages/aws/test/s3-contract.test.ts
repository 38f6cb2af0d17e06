import { describeS3 } from './s3-contracts.ts'
import { startS3 } from './s3-on-workerd.ts'

// Miniflare ignores x-amz-checksum-sha256.
describeS3("S3, which is R2's on workerd", startS3, {
  enforces: { size: true, contentType: true, sha256: false },
  compares: false,
  hasTags: false,
  // The live suite has them, on MiniStack.
  thousands: false,
})
