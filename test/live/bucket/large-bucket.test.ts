import { describeLargeBucket } from '../../support/describe-large-bucket.ts'

describeLargeBucket(1_000_000)
