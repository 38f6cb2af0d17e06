import { strFromU8, unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { packageFunctionApp } from '../bundles.ts'
import { packFunctions } from '../code.ts'
import type { Program } from '../function-app.ts'
import { publish } from '../publish-functions.ts'
import { least } from './support/environments.ts'

/** Publishes with an Azure CLI that refuses some commands this many times. Returns the commands that it got. */
async function publishWith(
  refusals: Readonly<Record<string, number>>,
  program: Program = 'linker',
): Promise<readonly string[]> {
  const left = new Map(Object.entries(refusals))
  const said: string[] = []
  const az = async (words: readonly string[]) => {
    const line = words.join(' ')
    said.push(line)
    const [part, times = 0] = [...left].find(([some]) => line.includes(some)) ?? ['']
    left.set(part, times - 1)
    return times <= 0
  }
  await publish('staging', { program, environment: least }, 'released-package.zip', {
    az,
    pause: async () => void said.push('pause'),
  })
  return said
}

const WHERE = `--subscription ${least.subscriptionId} --resource-group ckan-uplink-staging --name opendatauploads-linker`
const PUBLISH = `functionapp deployment source config-zip ${WHERE} --src released-package.zip`
const [LINKER, RECONCILE, TOKEN] = ['linker', 'reconcile', 'token'].map(
  (name) => `functionapp function show ${WHERE} --function-name ${name}`,
)

describe('publishing', () => {
  it('ends when every function exists', async () => {
    expect(await publishWith({})).toEqual([PUBLISH, LINKER, RECONCILE, TOKEN])
  })

  it('publishes the gateway to its own app, and waits only for its function', async () => {
    const where = WHERE.replace('opendatauploads-linker', 'ckan-uploads')
    expect(await publishWith({}, 'gateway')).toEqual([
      PUBLISH.replace(WHERE, where),
      `functionapp function show ${where} --function-name gateway`,
    ])
  })

  it('waits for a new app and for functions that do not exist yet', async () => {
    expect(await publishWith({ 'config-zip': 2, 'function-name linker': 1 })).toEqual([
      ...[PUBLISH, 'pause', PUBLISH, 'pause', PUBLISH],
      ...[LINKER, 'pause', LINKER, RECONCILE, TOKEN],
    ])
  })

  it.each([
    ['the app accepts no code', { 'config-zip': 100 }, 'Publishing to opendatauploads-linker failed 20 times'],
    [
      'a function never appears',
      { 'function-name reconcile': 100 },
      'Waiting for reconcile in opendatauploads-linker failed 20 times',
    ],
  ])('gives up with a message if %s', async (_, refusals, sentence) => {
    await expect(publishWith(refusals)).rejects.toThrow(sentence)
  })
})

describe('the published archive', () => {
  it('is the packed output of npm run build', async () => {
    const { archive } = await packFunctions()
    const files = Object.entries(unzipSync(archive)).map(([name, bytes]) => [name, strFromU8(bytes)])
    expect(Object.fromEntries(files)).toEqual(await packageFunctionApp())
  })

  it('is the same for the same code at any time', async () => {
    expect((await packFunctions()).digest).toBe((await packFunctions()).digest)
  })
})
