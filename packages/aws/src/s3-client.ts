import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** The time until the answer begins, for each of the three attempts of a call. */
const ATTEMPT_TIMEOUT_MS = 7_000
/** The longest pause while an answer is read. */
const SILENCE_TIMEOUT_MS = 20_000

/**
 * A client of S3 with short time-outs, so that the gateway gives up before its caller does. The queue provides longer
 * waits. The AWS SDK takes the region, the credentials and an optional endpoint from the environment.
 */
export function createS3Client(config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: ATTEMPT_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      socketTimeout: SILENCE_TIMEOUT_MS,
    },
    // By default, the SDK signs the checksum of an empty body into URLs:
    // https://github.com/aws/aws-sdk-js-v3/issues/6920
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...config,
  })
}
