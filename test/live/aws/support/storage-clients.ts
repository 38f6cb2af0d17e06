import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Ministack, programOf, REGION } from '../../../../scripts/aws/ministack/ministack.ts'

const execute = promisify(execFile)

/** A third-party client of S3 with its own rights. It uploads a file in several parts. */
export interface StorageClient {
  readonly name: string
  put(emulator: Pick<Ministack, 'url' | 'env'>, file: string, bucket: string, key: string): Promise<void>
}

export const STORAGE_CLIENTS: readonly StorageClient[] = [
  {
    name: 'the AWS CLI',
    put: ({ url, env }, file, bucket, key) =>
      run(
        [programOf('aws'), 's3', 'cp', '--only-show-errors', '--endpoint-url', url, file, `s3://${bucket}/${key}`],
        env,
      ),
  },
  {
    name: 'boto3',
    put: ({ env }, file, bucket, key) =>
      run([programOf('python'), join(import.meta.dirname, 'put_in_parts.py'), file, bucket, key], env),
  },
  {
    name: 'rclone',
    put: ({ url, env }, file, bucket, key) =>
      run(['rclone', '--config', '/dev/null', 'copyto', file, `s3:${bucket}/${key}`], {
        ...env,
        ...rcloneSettings(url),
      }),
  },
]

/** https://rclone.org/s3/. The part size is S3's minimum. */
function rcloneSettings(url: string): Readonly<Record<string, string>> {
  const options = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENV_AUTH: 'true',
    ENDPOINT: url,
    REGION,
    FORCE_PATH_STYLE: 'true',
    NO_CHECK_BUCKET: 'true',
    CHUNK_SIZE: '5Mi',
    UPLOAD_CUTOFF: '5Mi',
  }
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [`RCLONE_CONFIG_S3_${name}`, value]))
}

async function run([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  await execute(program, args, { env: { PATH: process.env['PATH'], ...env }, timeout: 240_000 })
}
