import { describeLargeBucket } from './support/describe-large-bucket.ts'

describeLargeBucket(20_000)
