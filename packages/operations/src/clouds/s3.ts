import { createFileOpener, createImporter, createS3Client, createSigner, createStore } from '@ckan-uplink/aws'
import { UsageError } from '@ckan-uplink/cli'
import { systemClock as clock } from '@ckan-uplink/core'
import type { CloudAccess, EnvVars, SourceBucket, TargetBucket } from './cloud-access.ts'

type Client = ReturnType<typeof createS3Client>

export interface R2Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

type Bucket = Pick<CloudAccess, 'store' | 'urlOf' | 'uploadHeaders' | 'importer' | 'openSource'>
type Config = NonNullable<Parameters<typeof createS3Client>[0]>

/** S3 answers a copy of gigabytes after minutes. */
const PATIENT = {
  followRegionRedirects: true,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 900_000, throwOnRequestTimeout: true },
} as const

/** Opens an S3 bucket, and describes uploads of browsers to it. */
export function openBucket(config: Config, bucket: string, { comparesCopies = true } = {}): Bucket {
  const client = createS3Client(config)
  const patient = createS3Client({ ...PATIENT, ...config })
  const signer = createSigner({ client, bucket, clock })
  return {
    store: createStore({ client, bucket }),
    async urlOf(key) {
      const { url } = await signer.signUpload({ key, expiresInSeconds: 60, createOnly: true })
      return url.replace(/\?.*$/u, '')
    },
    uploadHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256'],
    importer: createImporter({ client: patient, bucket }, { comparesCopies }),
    openSource: (name) => sourceOf(patient, name, true),
  }
}

/**
 * R2 through its S3 endpoint. Inside Cloudflare, a Worker's binding is used instead:
 * https://developers.cloudflare.com/r2/api/s3/api/
 */
export function openR2(endpoint: string, bucket: string, credentials: R2Credentials): Bucket {
  const config = { endpoint, region: 'auto', forcePathStyle: true, credentials }
  return openBucket(config, bucket, { comparesCopies: false })
}

/** A bucket of another store with the protocol of S3. Throws `UsageError` without credentials for it. */
export function openOtherStore(endpoint: string, bucket: string, env: EnvVars): SourceBucket {
  return sourceOf(connectTo(endpoint, env, 'SOURCE', 'reads the other store'), bucket, false)
}

/** The same for a bucket that gets files. */
export function openTarget(endpoint: string, bucket: string, env: EnvVars): TargetBucket {
  const client = connectTo(endpoint, env, 'TARGET', 'reads and writes the other store')
  return { name: bucket, store: createStore({ client, bucket }), importer: createImporter({ client, bucket }) }
}

function connectTo(endpoint: string, env: EnvVars, prefix: string, what: string): Client {
  const [id, secret] = [`${prefix}_ACCESS_KEY_ID`, `${prefix}_SECRET_ACCESS_KEY`]
  const [accessKeyId, secretAccessKey] = [env[id], env[secret]]
  if (!accessKeyId || !secretAccessKey) throw new UsageError(`Set ${id} and ${secret} to a key that ${what}.`)
  // https://docs.aws.amazon.com/general/latest/gr/s3.html
  const region = /^https:\/\/s3[.-]([a-z]+-[a-z-]+-\d)\./u.exec(endpoint)?.[1] ?? 'us-east-1'
  const credentials = { accessKeyId, secretAccessKey }
  return createS3Client({
    ...PATIENT,
    endpoint: endpoint.replace(/\/+$/u, ''),
    region,
    forcePathStyle: true,
    credentials,
  })
}

function sourceOf(client: Client, bucket: string, isInStore: boolean): SourceBucket {
  const open = createFileOpener({ client, bucket })
  return { name: bucket, store: createStore({ client, bucket }), isInStore, read: (key, etag) => open(key, { etag }) }
}
