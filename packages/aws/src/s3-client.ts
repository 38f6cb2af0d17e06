import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** Milliseconds for each of the three attempts of a call, before its answer begins. */
const ATTEMPT_TIMEOUT_MS = 7_000
/** Of silence, while an answer is read. */
const SILENCE_TIMEOUT_MS = 20_000

/**
 * S3 as this package needs it. What S3 doesn't answer is given up while whoever waits for the gateway still does; longer
 * waits are the queue's. Region, credentials and an endpoint of its own are taken from the environment, as AWS's SDK does.
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
    // Left to itself, the SDK signs the checksum of an empty body into URLs: https://github.com/aws/aws-sdk-js-v3/issues/6920
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...config,
  })
}
