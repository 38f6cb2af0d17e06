import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { startCkanStandIn } from '@ckan-uplink/testing'
import { startSecretsStandIn } from './secrets-stand-in.ts'

/** A machine without an account: a checkout with programs on the path that only note how they were called. */
export interface GuideMachine {
  /** The checkout. */
  readonly folder: string
  /** What the stores of secrets were asked to store, as `<name>=<value>`. */
  secrets(): Promise<readonly string[]>
  /** The token that every question gets. */
  readonly token: string
  readonly ckanUrl: string
  /**
   * Runs the lines in one shell, as an operator types them. Each question gets a token. Returns the calls of the
   * programs, in order.
   */
  type(lines: string): Promise<readonly string[]>
  remove(): Promise<void>
}

const COPIED = ['infra', 'scripts', 'package.json', 'package-lock.json', 'environments.ts', 'Pulumi.yaml']
const SHARED = ['node_modules', 'packages']
const NOTE = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'
/** Installs nothing, but leaves what npm leaves. All its other commands are those of npm. */
const NPM = `${NOTE}if [ "$1" != ci ]; then exec "$REAL_NPM" "$@"; fi
echo "added packages"
case "$PWD" in */infra/*) mkdir -p node_modules/.bin && cp package-lock.json node_modules/.package-lock.json ;; esac
case "$PWD" in */infra/aws) cp "$PROGRAMS/cdk" node_modules/.bin/ ;; esac
`
const CURL = `${NOTE}echo '{"result": {"presigned_url": "https://bucket.example.org/airports.csv?sig=x"}}'\n`
const QUIET = '#!/bin/sh\n'
/** Notes its input too. The secret goes to no argument. */
const PULUMI = `#!/bin/sh
echo "pulumi $*" >> "$CALLS"
case "$*" in config\\ set*) echo "$4=$(cat)" >> "$SECRETS" ;; esac
`
const AZ = `${NOTE}case "$*" in account\\ get-access-token*) echo '{"accessToken": "x", "expires_on": 9999999999}' ;; esac\n`

/** Makes the machine. The example of the cloud in `environments.ts` is renamed to `production`, as the guides say. */
export async function createGuideMachine(provider: string): Promise<GuideMachine> {
  const home = await makeHome()
  const folder = join(home, 'checkout')
  const programs = join(home, 'programs')
  const calls = join(home, 'calls')
  const [ckan, secrets] = await Promise.all([startCkanStandIn(), startSecretsStandIn()])
  await Promise.all([mkdir(folder), mkdir(programs)])
  await Promise.all([
    ...COPIED.map((name) => cp(name, join(folder, name), { recursive: true, filter: isSource })),
    ...SHARED.map((name) => symlink(join(process.cwd(), name), join(folder, name))),
    ...Object.entries({ npm: NPM, curl: CURL, sleep: QUIET, pulumi: PULUMI, az: AZ }).map(([name, text]) =>
      install(programs, name, text),
    ),
    ...['cdk', 'aws'].map((name) => install(programs, name, NOTE)),
  ])
  const entries = join(folder, 'environments.ts')
  await writeFile(
    entries,
    ownValues((await readFile(entries, 'utf8')).replace(`'${provider}-example':`, 'production:'), ckan.url),
  )
  const env = {
    ...process.env,
    HOME: home,
    CALLS: calls,
    PROGRAMS: programs,
    SECRETS: join(home, 'secrets'),
    ...secrets.env,
    REAL_NPM: await findNpm(),
    PATH: [programs, process.env['PATH']].join(delimiter),
  }
  return {
    folder,
    async type(lines) {
      await writeFile(calls, '')
      const shell = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', lines], { cwd: folder, env })
      shell.child.stdin?.end(`${ckan.tokens.admin}\n`.repeat(5))
      await shell
      return (await readFile(calls, 'utf8')).trim().split('\n')
    },
    async secrets() {
      const encrypted = await readFile(env.SECRETS, 'utf8').catch(() => '')
      return [...secrets.stored, ...encrypted.trim().split('\n')].filter(Boolean)
    },
    token: ckan.tokens.admin,
    ckanUrl: ckan.url,
    async remove() {
      await Promise.all([ckan.close(), secrets.close()])
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Makes the first folder that is free. Node's cache of compiled modules finds a module only at its former path. */
async function makeHome(number = 1): Promise<string> {
  const home = join(tmpdir(), `ckan-uplink-guide-${number}`)
  try {
    await mkdir(home)
    return home
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return makeHome(number + 1)
    throw error
  }
}

/** Replaces all values that only exist as examples. */
function ownValues(text: string, ckanUrl: string): string {
  return text
    .replaceAll("ckanUrl: 'https://data.example.org'", `ckanUrl: '${ckanUrl}'`)
    .replaceAll('example.org', 'example.net')
    .replaceAll('ckan-uplink-example', 'open-data-files')
    .replaceAll('ckanuplinkexample', 'opendatafiles')
    .replaceAll('0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210')
    .replaceAll('123456789012', '210987654321')
    .replaceAll('01234567-89ab-cdef-0123-456789abcdef', '76543210-89ab-cdef-0123-456789abcdef')
}

function isSource(path: string): boolean {
  return !['node_modules', 'dist'].includes(basename(path))
}

async function install(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text)
  await chmod(join(folder, name), 0o755)
}

async function findNpm(): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', 'command -v npm'])
  return stdout.trim()
}
