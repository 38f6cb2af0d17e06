import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { choosePorts } from '@ckan-uplink/local'

const execute = promisify(execFile)
const PROJECT = join(import.meta.dirname, '..')

export const ACCOUNT = 'devstoreaccount1'
/** Public and the same in every Azurite: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
export const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** Azure's own storage emulator over https, which checks signatures, permissions, conditions and identities' tokens. */
export interface Azurite {
  /** The blob endpoint of its only account, without a slash at the end. */
  readonly url: string
  /** The queue endpoint of its only account, if it was started with queues. */
  readonly queueUrl: string | undefined
  /** The file of the certificate. This process and its curl trust it; others have to be configured. */
  readonly certificate: string
  /** Serves https by the same certificate. */
  readonly tls: { readonly key: string; readonly cert: string }
  close(): Promise<void>
}

type Service = 'blob' | 'queue'

/** Starts an empty Azurite, which `npm run test:live` installs. */
export async function startAzurite({ queues = false } = {}): Promise<Azurite> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-azurite-'))
  const { key, certificate, tls } = await makeCertificate(folder)
  const children: ChildProcess[] = []

  async function startService(service: Service): Promise<string> {
    const { gateway: port } = await choosePorts('0')
    const child = spawn(
      process.execPath,
      [
        join(PROJECT, `node_modules/azurite/dist/src/${service}/main.js`),
        ...[`--${service}Host`, '127.0.0.1', `--${service}Port`, String(port), '--inMemoryPersistence'],
        ...['--oauth', 'basic', '--cert', certificate, '--key', key],
        // The SDK uses a newer version of the service than Azurite.
        ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
    )
    children.push(child)
    const url = `https://127.0.0.1:${port}/${ACCOUNT}`
    await untilAnswered(url, child)
    return url
  }

  const [url = '', queueUrl] = await Promise.all([startService('blob'), ...(queues ? [startService('queue')] : [])])
  return {
    url,
    queueUrl,
    certificate,
    tls,
    async close() {
      for (const child of children) {
        child.kill('SIGKILL')
        if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Certificate extends Pick<Azurite, 'certificate' | 'tls'> {
  readonly key: string
}

async function makeCertificate(folder: string): Promise<Certificate> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  await execute('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    certificate,
    ...subject,
  ])
  const tls = { key: await readFile(key, 'utf8'), cert: await readFile(certificate, 'utf8') }
  setDefaultCACertificates([...getCACertificates('default'), tls.cert])
  process.env['CURL_CA_BUNDLE'] = certificate
  return { key, certificate, tls }
}

async function untilAnswered(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 150 && child.exitCode === null; tries += 1) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return
    await sleep(200)
  }
  throw new Error(`Azurite did not answer at ${url}: see what it says above.`)
}
