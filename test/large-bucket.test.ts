import { describeLargeBucket } from './support/describe-large-bucket.ts'

describeLargeBucket(50_000)
