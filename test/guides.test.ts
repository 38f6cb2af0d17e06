import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createGuideMachine, type GuideMachine } from './support/guide-machine.ts'

let machine: GuideMachine | undefined
afterEach(async () => {
  await machine?.remove()
})

/** The lines to type in a section of a guide: its blocks in numbered steps, or in a section without steps all. */
async function linesOf(provider: string, heading: string): Promise<string> {
  const text = await readFile(`docs/deploy/${provider}.md`, 'utf8')
  const section = new RegExp(`^## ${heading}\n(.*?)(?=^## )`, 'msu').exec(`${text}\n## `)?.[1] ?? ''
  const blocks = [...section.matchAll(/^( *)```bash\n(.*?)^ *```$/gmsu)]
  const steps = blocks.filter(([, indent]) => indent !== '')
  return (steps.length > 0 ? steps : blocks).map(([, , lines]) => lines).join('')
}

const ANSWERS: Readonly<Record<string, string>> = {
  cloudflare: '--account fedcba9876543210fedcba9876543210 --host up.example.net --zone example.net',
  aws: '--account 210987654321 --region eu-central-1',
  azure:
    '--subscription 76543210-89ab-cdef-0123-456789abcdef --location germanywestcentral --storage-account citydata --vault cityvault --vault-group secrets',
}

async function follow(provider: string): Promise<readonly string[]> {
  machine = await createGuideMachine(provider)
  // The guide itself makes the entry. The flags are the answers of the person.
  await cp('environments.ts', join(machine.folder, 'environments.ts'))
  const lines = [await linesOf(provider, 'The first time'), await linesOf(provider, 'Removing it')].join('\n')
  const answers = `--ckan ${machine.ckanUrl} --bucket city-files --email ops@example.net ${ANSWERS[provider]}`
  expect(lines).toContain('npm run new -- production\n')
  return machine.type(lines.replace('npm run new -- production', `$& --cloud ${provider} ${answers}`))
}

function callsOf(program: string, calls: readonly string[]): readonly string[] {
  return calls.filter((call) => call.startsWith(`${program} `))
}

describe('a guide, typed line by line', () => {
  it('deploys to Cloudflare and removes it', async () => {
    const calls = await follow('cloudflare')
    expect(callsOf('pulumi', calls)).toEqual([
      'pulumi login',
      'pulumi stack init --stack production',
      'pulumi config set --secret ckanToken --stack production',
      'pulumi preview -s production',
      'pulumi up -s production',
      'pulumi destroy -s production',
      'pulumi stack rm --stack production',
    ])
    expect(await machine?.secrets()).toEqual([`ckanToken=${machine?.token}`])
    expect(calls).toContain('curl -T airports.csv https://bucket.example.org/airports.csv?sig=x')
  })

  it('deploys to Azure and removes it', async () => {
    const calls = await follow('azure')
    expect(callsOf('pulumi', calls)).toEqual([
      'pulumi login',
      'pulumi stack init --stack production',
      'pulumi preview -s production',
      'pulumi up -s production',
      'pulumi destroy -s production',
      'pulumi stack rm --stack production',
    ])
    expect(callsOf('az', calls)).toContainEqual(expect.stringMatching(/^az keyvault create /u))
    expect(await machine?.secrets()).toEqual([`ckan-token-production=${machine?.token}`])
  })

  it('deploys to AWS and removes it', async () => {
    const calls = await follow('aws')
    expect(callsOf('cdk', calls)).toEqual([
      'cdk bootstrap -c environment=production',
      'cdk diff -c environment=production',
      'cdk deploy -c environment=production',
      'cdk destroy -c environment=production',
    ])
    expect(await machine?.secrets()).toEqual([`ckan-uplink/production/ckan-token=${machine?.token}`])
  })
})

it('a trial on the emulator of AWS takes eight commands at most, and deploys as in an account', async () => {
  const commands = (await linesOf('aws', 'A trial without an account'))
    .replace(/ +#.*$/gmu, '')
    .trim()
    .split('\n')
  expect(commands.length).toBeLessThanOrEqual(8)
  expect(commands).toEqual(expect.arrayContaining(['npm run ministack', '. .local/ministack.env']))
  const deploying = commands.filter((command) => command.includes(' -- trial'))
  const first = (await linesOf('aws', 'The first time')).split('\n').map((line) => line.trim())
  const inAccount = first.filter((command) => command.includes(' -- production') && !command.includes(' preview '))
  expect(deploying.map((command) => command.replace('trial', 'production').replace(' --cloud aws', ''))).toEqual(
    inAccount,
  )
})

describe('an upgrade', () => {
  it('installs the packages of a changed lock file before it deploys', async () => {
    machine = await createGuideMachine('cloudflare')
    const first = await machine.type('npm run preview -- production')
    expect(first.filter((call) => call === 'npm ci')).toHaveLength(2)
    expect(await machine.type('npm run preview -- production')).not.toContain('npm ci')
    const path = join(machine.folder, 'infra/cloudflare/package-lock.json')
    const lock = JSON.parse(await readFile(path, 'utf8'))
    lock.packages['node_modules/@pulumi/cloudflare'].version = '999.0.0'
    await writeFile(path, JSON.stringify(lock))
    expect(await machine.type('npm run deploy -- production')).toEqual([
      'npm run deploy -- production',
      'npm ci',
      'pulumi up -s production',
    ])
  })

  it('installs the packages of the repository before a command for an environment, beside its output', async () => {
    machine = await createGuideMachine('azure')
    const path = join(machine.folder, 'package-lock.json')
    const lock = JSON.parse(await readFile(path, 'utf8'))
    lock.packages['node_modules/commander'].version = '999.0.0'
    await writeFile(path, JSON.stringify(lock))
    const calls = await machine.type('[ "$(npm run --silent uplink -- --version)" = 0.0.0 ]')
    expect(calls).toEqual(['npm run --silent uplink -- --version', 'npm ci'])
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
    for (const name of ['deploy', 'preview', 'destroy', 'new', 'secret', 'pulumi', 'cdk', 'wrangler'])
      expect(scripts[name]).toMatch(/^exec node -C source --import \.\/scripts\/infra\/installed\.ts /u)
  })
})

describe('entries of your own', () => {
  it.each([
    ['environments.local.ts', ''],
    ['../elsewhere.ts', 'export UPLINK_ENVIRONMENTS="$PWD/../elsewhere.ts"; '],
  ])('can be in %s, outside of git', async (file, setting) => {
    machine = await createGuideMachine('azure')
    const own = (await readFile(join(machine.folder, 'environments.ts'), 'utf8'))
      .replace(/^import \{.*$\n/gmu, '')
      .replace('...(await ownEnvironments()),', '')
      .replace('production:', 'staging:')
    await writeFile(join(machine.folder, file), own)
    await cp('environments.ts', join(machine.folder, 'environments.ts'))
    const calls = await machine.type(`${setting}npm run preview -- staging`)
    expect(callsOf('pulumi', calls)).toEqual(['pulumi preview -s staging'])
  })
})

it('refuses to deploy an example with the values of the example', async () => {
  machine = await createGuideMachine('azure')
  await cp('environments.ts', join(machine.folder, 'environments.ts'))
  const run = machine.type('npm run preview -- cloudflare-example')
  await expect(run).rejects.toThrow('cloudflare-example: bucket still has the value of the example: give your own.')
})

it('names the guide if the tool of the cloud is not installed', async () => {
  machine = await createGuideMachine('azure')
  const run = machine.type('rm "$PROGRAMS/pulumi"; npm run preview -- production')
  await expect(run).rejects.toThrow('pulumi was not found: install it as docs/deploy/azure.md says.')
})
