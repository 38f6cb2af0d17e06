import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { undefinedOn } from './s3-answers.ts'
import type { StoreOptions } from './store.ts'

/** R2 keeps no versions, and its S3 endpoint doesn't list any: https://developers.cloudflare.com/r2/api/s3/api/ */
const NOT_IMPLEMENTED = 501

/** Removes the object, then every version of it and every delete marker. It is out of sight from the first request on. */
export async function purge({ client, bucket: Bucket }: StoreOptions, key: string): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket, Key: key }))
  for await (const VersionId of versionsOf({ client, bucket: Bucket }, key))
    await client.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId }))
}

/** Keys that merely begin with this one come after all of its own versions. */
async function* versionsOf({ client, bucket: Bucket }: StoreOptions, key: string): AsyncGenerator<string> {
  let from: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } = {}
  for (;;) {
    const page = await client
      .send(new ListObjectVersionsCommand({ Bucket, Prefix: key, ...from }))
      .catch(undefinedOn(NOT_IMPLEMENTED))
    const { Versions = [], DeleteMarkers = [] } = page ?? {}
    for (const { Key, VersionId } of [...Versions, ...DeleteMarkers])
      if (Key === key && VersionId !== undefined) yield VersionId
    if (page?.IsTruncated !== true || page.NextKeyMarker !== key) return
    from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
  }
}
