import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type Part,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { GIB, MIB } from '@ckan-uplink/core/support'
import type { MultipartSigner, MultipartUpload } from '@ckan-uplink/core/uploads'
import { etagOf, guard, undefinedOn } from './s3-answers.ts'
import { presign, type SignerOptions } from './signer.ts'

/** Uploads to S3 in parts. The size of a part is signed as `Content-Length`: see `createSigner`. */
export function createMultipartSigner(options: SignerOptions): MultipartSigner {
  const { client } = options
  const inputOf = ({ key, id }: MultipartUpload) => ({ Bucket: options.bucket, Key: key, UploadId: id })

  async function list(upload: MultipartUpload): Promise<readonly Part[] | undefined> {
    const parts: Part[] = []
    let marker: string | undefined
    do {
      const page = await client
        .send(new ListPartsCommand({ ...inputOf(upload), PartNumberMarker: marker }))
        .catch(undefinedOn(404))
      if (page === undefined) return undefined
      parts.push(...(page.Parts ?? []))
      marker = page.IsTruncated ? page.NextPartNumberMarker : undefined
    } while (marker !== undefined)
    return parts
  }

  return {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    limits: { maxParts: 10_000, minPartBytes: 5 * MIB, maxPartBytes: 5 * GIB },

    begin({ key, contentType }) {
      const command = new CreateMultipartUploadCommand({ Bucket: options.bucket, Key: key, ContentType: contentType })
      return guard('begin an upload of', key, async () => (await client.send(command)).UploadId ?? '')
    },

    signPart({ partNumber, size, expiresInSeconds, ...upload }) {
      const command = new UploadPartCommand({ ...inputOf(upload), PartNumber: partNumber, ContentLength: size })
      return presign(options, {
        method: 'PUT',
        key: upload.key,
        expiresInSeconds,
        sign: (how) => getSignedUrl(client, command, how),
      })
    },

    listParts(upload) {
      return guard('list the parts of', upload.key, async () =>
        (await list(upload))?.map(({ PartNumber = 0, Size = 0 }) => ({ partNumber: PartNumber, size: Size })),
      )
    },

    complete(upload) {
      return guard('complete', upload.key, async () => {
        const parts = await list(upload)
        if (parts === undefined) return undefined
        const Parts = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
        const completed = await client
          .send(new CompleteMultipartUploadCommand({ ...inputOf(upload), MultipartUpload: { Parts } }))
          .catch(undefinedOn(404))
        return completed && { etag: etagOf(completed) }
      })
    },

    async abort(upload) {
      await guard('abort', upload.key, () =>
        client.send(new AbortMultipartUploadCommand(inputOf(upload))).catch(undefinedOn(404)),
      )
    },
  }
}
