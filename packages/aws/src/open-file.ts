import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { GatewayDeps } from '@ckan-uplink/gateway'
import { guard, undefinedOn } from './s3-answers.ts'
import type { StoreOptions } from './store-options.ts'

/**
 * The largest body of an answer. Lambda passes on 6 MiB, and bytes travel as base64, with the headers beside them.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_STREAMED_BYTES = 4_500_000

/** Opens objects that fit into an answer of the function. */
export function createFileOpener({ client, bucket: Bucket }: StoreOptions): NonNullable<GatewayDeps['openFile']> {
  return (key, { etag, range }) =>
    guard('get', key, async () => {
      const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`
      const command = new GetObjectCommand({ Bucket, Key: key, IfMatch: `"${etag}"`, Range })
      const found = await client.send(command).catch(undefinedOn(404, 412))
      return found?.Body?.transformToWebStream()
    })
}
