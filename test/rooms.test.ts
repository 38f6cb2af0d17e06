import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { clouds } from '../infra/clouds.ts'

const CLOUDS = Object.keys(clouds)

/** The exports that every cloud's package has. A package may have more, for features of its own cloud. */
const COMMON = [
  'createCopier',
  'createDeadLetters',
  'createMultipartSigner',
  'createSigner',
  'createStore',
  'decode',
  'readGatewayConfig',
  'readLinkerConfig',
  'settingNames',
]
const FILES = [
  'app.ts',
  'config.ts',
  'copier.ts',
  'dead-letters.ts',
  'decode.ts',
  'handle-batch.ts',
  'index.ts',
  'multipart-signer.ts',
  'signer.ts',
  'store.ts',
  'webhooks.ts',
]
const INFRA_FILES = ['bundles.ts', 'check.ts', 'cloud.ts', 'deployment.ts', 'entry.ts', 'names.ts', 'new-entry.ts']
const CONTRACTS = [
  'describeObjectStore',
  'describeObjectCopier',
  'describeUploadSigner',
  'describeMultipartSigner',
  'describeDeadLetters',
  'describeWebhooks',
]

/** The TypeScript files below a folder, without files that tools have made. */
async function sourcesIn(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return []
  const names = await readdir(folder, { recursive: true })
  return names
    .filter((name) => name.endsWith('.ts') && !/(?:^|\/)(?:node_modules|dist)\//u.test(name))
    .map((name) => `${folder}/${name}`)
}

async function textsIn(folder: string): Promise<string> {
  return (await Promise.all((await sourcesIn(folder)).map((path) => readFile(path, 'utf8')))).join('\n')
}

describe.each(CLOUDS)('the folders of %s', (cloud) => {
  it('have a package with the same exports as every cloud', async () => {
    const room: Readonly<Record<string, unknown>> = await import(`@ckan-uplink/${cloud}`)
    expect(COMMON.map((name) => [name, typeof room[name]])).toEqual(COMMON.map((name) => [name, 'function']))
  })

  it('have the same files as every cloud', async () => {
    expect(await readdir(`packages/${cloud}/src`)).toEqual(expect.arrayContaining(FILES))
    expect(await readdir(`infra/${cloud}`)).toEqual(expect.arrayContaining(INFRA_FILES))
    expect(await readdir(`packages/operations/src/clouds/${cloud}`)).toContain('open.ts')
    const app = await readFile(`packages/${cloud}/src/app.ts`, 'utf8')
    expect([...app.matchAll(/^export function (\w+)/gmu)].map(([, name]) => name)).toEqual([
      'createGatewayApp',
      'createLinkerApp',
    ])
  })

  it('pass the same contracts as every cloud', async () => {
    const tests = (await textsIn(`packages/${cloud}/test`)) + (await textsIn(`test/live/${cloud}`))
    expect(CONTRACTS.filter((contract) => !tests.includes(`${contract}(`))).toEqual([])
  })

  it('have a place in the form for reports of bugs', async () => {
    const { label } = clouds[cloud as keyof typeof clouds]
    expect(await readFile('.github/ISSUE_TEMPLATE/bug.yml', 'utf8')).toContain(`- ${label}\n`)
  })
})

/** Files outside the folders of clouds that may name a cloud in their code, each with the reason. */
const EXCEPTIONS: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^infra\/clouds\.ts$/u, 'the registry'],
  [/^packages\/core\/(?:src|test)\/file-identity\/content\b/u, 'they name the encoding aws-chunked'],
  [/^packages\/local\//u, "the local edition runs Cloudflare's Workers"],
  [/^packages\/operations\/src\/clouds\/(?:local\/open|s3)\.ts$/u, 'the local edition and R2 speak S3'],
  [/^scripts\/bench\//u, 'the bench measures the local edition'],
  [/^scripts\/ckan\/instances\.ts$/u, "the extras of CKAN's packages have the names of clouds"],
  [/^test\/support\/(?:describe-roles|operated-edition)\.ts$/u, 'they read the storage of the local edition'],
  [/^test\/live\/(?:support\/road|ckan\/files-owned\.test)\.ts$/u, 'they read the storage of the local edition'],
  [/^test\/live\/clients\/migrate-bucket\.test\.ts$/u, "ckanext-s3filestore's options have a cloud's name"],
  [/^test\/support\/environments\.ts$/u, 'tests of the checks use an entry on one cloud'],
  [/^test\/environment(?:s|-fields)\.test\.ts$/u, 'they test the checks with the examples'],
  [/^test\/operations\.test\.ts$/u, 'it tests the settings of operators with the examples'],
  [/^test\/examples\.test\.ts$/u, 'it runs the example of each cloud'],
  [
    /^test\/(?:(?:guides|secret|new)\.test|support\/(?:guide-machine|secrets-stand-in))\.ts$/u,
    'they type the guide of each cloud',
  ],
  [/^test\/prose\.test\.ts$/u, 'it uses paths of the repository as examples'],
  [/^test\/before-deploy\.test\.ts$/u, 'it checks a plan for each cloud'],
  [/^packages\/operations\/test\/clouds\/[\w-]+\.test\.ts$/u, 'they test the same check on each cloud'],
  [/^packages\/gateway\/test\/.*part-plan\.test\.ts$/u, "it plans parts within each store's limits"],
  [/^infra\/pulumi\/test\//u, "it runs Pulumi's entry for the examples"],
]

/** `aws`, `AWS` and `openAws`, but not `withdraws`. */
const NAMED = new RegExp(
  CLOUDS.map(
    (cloud) => `(?<![A-Za-z])(?i:${cloud})(?![a-z])|${cloud[0]?.toUpperCase()}${cloud.slice(1)}(?![a-z])`,
  ).join('|'),
  'u',
)

describe('a cloud', () => {
  it('is named only in its own folders, in the registry and in the exceptions', async () => {
    const folders = await Promise.all(['packages', 'infra', 'scripts', 'test'].map(sourcesIn))
    const naming: string[] = []
    for (const path of folders.flat()) {
      if (NAMED.test(path) || path === 'test/rooms.test.ts') continue
      if (NAMED.test(withoutComments(await readFile(path, 'utf8')))) naming.push(path)
    }
    expect(naming.filter((path) => !EXCEPTIONS.some(([exception]) => exception.test(path)))).toEqual([])
    for (const [exception, reason] of EXCEPTIONS)
      expect(
        naming.filter((path) => exception.test(path)),
        `${exception} (${reason}) is not needed`,
      ).not.toEqual([])
  })
})

/** Comments may name a cloud, since a fact about a vendor needs its name. */
function withoutComments(source: string): string {
  return source.replace(/\/\*.*?\*\//gsu, '').replace(/(?<=^|\s)\/\/.*$/gmu, '')
}
