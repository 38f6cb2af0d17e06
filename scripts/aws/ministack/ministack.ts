import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { choosePorts } from '@ckan-uplink/local'
import { installRequirements } from '../../ckan/requirements.ts'
import { run } from '../../ckan/run.ts'
import { startService, stopService } from '../../ckan/service.ts'
import { ready } from './ready.ts'

/**
 * `plain`: HTTP, and every request is allowed. `strict`: HTTPS with IAM, bucket policies, CORS and signatures enforced.
 */
export type Mode = 'plain' | 'strict'

/** A running emulator of AWS, empty at first. https://github.com/ministackorg/ministack */
export interface Ministack {
  readonly url: string
  /** In strict mode: the file of the certificate that clients have to trust. */
  readonly certificate?: string
  /** Environment variables that make clients of AWS use this emulator as the root of its only account. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const python = `${repository}.local/ministack`

export const ACCOUNT = '111122223333'
export const REGION = 'eu-central-1'

/** The path of a program, such as `aws`, in the Python environment of MiniStack and its clients. */
export const programOf = (name: string): string => `${python}/bin/${name}`

export const installMinistack = (): Promise<void> =>
  installRequirements(fileURLToPath(new URL('requirements.txt', import.meta.url)), python, 'ministack-install')

/** The name of the tests' emulator. A person's own emulator has another name. Tests run one after another. */
const TESTS = 'ministack-tests'

/** Starts the emulator on a free port of 127.0.0.1. Stops a remaining emulator of the same name first. */
export const startMinistack = async (mode: Mode, name = TESTS): Promise<Ministack> => {
  await installMinistack()
  await stopMinistack(name)
  const folder = mkdtempSync(join(tmpdir(), 'ckan-uplink-ministack-'))
  const { gateway: port } = await choosePorts('0')
  const url = `${mode === 'strict' ? 'https' : 'http'}://127.0.0.1:${port}`
  const tls = mode === 'strict' ? await makeCertificate(folder) : undefined
  const env = {
    ...serverEnv(folder, port),
    ...(tls && { AUTH: 'true', USE_SSL: '1', MINISTACK_SSL_CERT: tls.certificate, MINISTACK_SSL_KEY: tls.key }),
  }
  await startService({
    name,
    command: [programOf('ministack')],
    env,
    isReady: () => ready(`${url}/_ministack/ready`, tls?.certificate),
  })
  return {
    url,
    ...(tls && { certificate: tls.certificate }),
    env: clientEnv(folder, url, tls?.certificate),
    async close() {
      await stopMinistack(name)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Stops the emulator and its functions, if it runs. */
export const stopMinistack = async (name = TESTS): Promise<void> => {
  await stopService(name)
}

/**
 * The emulator's functions inherit this environment: the Node of this repository first, and no variable of the caller.
 */
const serverEnv = (folder: string, port: number) => ({
  PATH: `${repository}node_modules/node/bin:${process.env['PATH']}`,
  HOME: folder,
  TMPDIR: folder,
  BIND_HOST: '127.0.0.1',
  GATEWAY_PORT: String(port),
  MINISTACK_ACCOUNT_ID: ACCOUNT,
  MINISTACK_REGION: REGION,
  LAMBDA_EXECUTOR: 'local',
  SFTP_ENABLED: '0',
  IOT_MTLS_ENABLED: '0',
  PERSIST_STATE: '0',
  STATE_DIR: `${folder}/state`,
  S3_DATA_DIR: `${folder}/s3`,
})

const clientEnv = (folder: string, url: string, certificate: string | undefined) => ({
  AWS_ENDPOINT_URL: url,
  // MiniStack takes an access key of twelve digits for the account with that number. Its root may do everything.
  AWS_ACCESS_KEY_ID: ACCOUNT,
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: 'true',
  // Ignores the person's own configuration.
  AWS_CONFIG_FILE: `${folder}/config`,
  AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials`,
  // The CDK caches the account of an access key.
  CDK_HOME: `${folder}/cdk`,
  ...(certificate !== undefined && { AWS_CA_BUNDLE: certificate, NODE_EXTRA_CA_CERTS: certificate }),
})

const makeCertificate = async (folder: string): Promise<{ readonly certificate: string; readonly key: string }> => {
  const [certificate, key] = [`${folder}/server.crt`, `${folder}/server.key`]
  const extensions = [
    'subjectAltName=IP:127.0.0.1,DNS:localhost',
    'basicConstraints=critical,CA:FALSE',
    'extendedKeyUsage=serverAuth',
  ]
  const options = ['-subj', '/CN=MiniStack', '-days', '2', ...extensions.flatMap((extension) => ['-addext', extension])]
  await run(
    ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...options],
    { log: 'ministack-install' },
  )
  return { certificate, key }
}
