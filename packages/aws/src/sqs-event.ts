/**
 * The used part of a message in a batch from SQS.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  /** The ARN of the queue. */
  readonly eventSourceARN?: string
  readonly attributes: {
    /** A number, from 1 on. */
    readonly ApproximateReceiveCount: string
  }
}

/** SQS deletes all other messages of the batch from the queue. */
export interface SqsBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}
