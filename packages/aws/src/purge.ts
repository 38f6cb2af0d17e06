import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { undefinedOn } from './s3-answers.ts'
import type { StoreOptions } from './store-options.ts'

/** R2 keeps no versions, and its S3 endpoint cannot list versions: https://developers.cloudflare.com/r2/api/s3/api/ */
const NOT_IMPLEMENTED = 501

/** Removes the object, then all its versions and delete markers. The first request already hides the object. */
export async function purge({ client, bucket: Bucket }: StoreOptions, key: string): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket, Key: key }))
  for await (const VersionId of versionsOf({ client, bucket: Bucket }, key))
    await client.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId }))
}

/** In the list, other keys that begin with this key follow after all of its versions. */
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
