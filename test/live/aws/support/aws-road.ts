import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UploadRecord } from '@ckan-uplink/core/uploads'
import { expect } from 'vitest'
import type { AwsEnvironment } from '../../../../infra/aws/entry.ts'
import {
  ACCOUNT,
  type Ministack,
  type Mode,
  REGION,
  startMinistack,
} from '../../../../scripts/aws/ministack/ministack.ts'
import { createProgress } from '../../../../scripts/ckan/progress.ts'
import { type CkanAccess, type CkanCalls, createCkanCalls } from '../../../support/ckan-calls.ts'
import { createGatewayCalls, type GatewayCalls, type Ticket } from '../../support/gateway-calls.ts'
import { type AwsCalls, createAwsCalls } from './aws-calls.ts'
import { createCdk, type Outputs } from './cdk.ts'
import { trust } from './trust.ts'

/** A deployment on its own emulator with a CKAN, and the calls of callers, people and operators. */
export interface AwsRoad extends CkanCalls, GatewayCalls {
  readonly emulator: Ministack
  readonly environment: AwsEnvironment
  /** Calls as the root of the account. */
  readonly aws: AwsCalls
  readonly outputs: Outputs
  /** The gateway's address on this machine. */
  readonly gateway: string
  /** The folder for files of the test. */
  readonly folder: string
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  /** The record that the gateway shows to the editor. */
  record(ticket: Ticket): Promise<UploadRecord>
  /** Waits until the upload has ended, and returns its record. */
  settled(ticket: Ticket): Promise<UploadRecord>
  /** Fetches an address of the gateway, such as a linked URL, from the gateway's address on this machine. */
  open(url: string, init?: RequestInit): Promise<Response>
  /** Deploys the environment with these changes. */
  redeploy(changes: Partial<AwsEnvironment>): Promise<void>
  destroy(): Promise<void>
  close(): Promise<void>
}

export const BUCKET = 'ckan-uplink-live-files'
export const SECRET = 'ckan-uplink/live/ckan-token'
export const ORIGIN = 'https://data.example.org'

const progress = createProgress(process.stdout)

/**
 * Starts an emulator and deploys the environment with these changes to it. The editor requests uploads; the linker has
 * a sysadmin's token.
 */
export async function openAwsRoad(
  mode: Mode,
  ckan: CkanAccess,
  changes: Partial<AwsEnvironment> = {},
): Promise<AwsRoad> {
  const emulator = await progress.step(`MiniStack (${mode})`, () => startMinistack(mode))
  trust(emulator)
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-aws-'))
  const close = async () => {
    await emulator.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return await deployRoad({ emulator, folder, ckan, environment: { ...environmentFor(ckan), ...changes }, close })
  } catch (failure) {
    await close()
    throw failure
  }
}

function environmentFor({ url }: CkanAccess): AwsEnvironment {
  return {
    provider: 'aws',
    accountId: ACCOUNT,
    region: REGION,
    ckanUrl: url,
    ckanToken: { secret: SECRET },
    ckanCallsAtOnce: 12,
    gatewayBy: 'execute-api',
    filestoreApi: true,
    bucket: BUCKET,
    allowedOrigins: [ORIGIN],
    requestsPerMinute: 1_000_000,
    alarmEmails: ['open-data@example.org'],
  }
}

interface Site {
  readonly emulator: Ministack
  readonly folder: string
  readonly ckan: CkanAccess
  readonly environment: AwsEnvironment
  close(): Promise<void>
}

async function deployRoad({ emulator, folder, ckan, environment, close }: Site): Promise<AwsRoad> {
  const aws = createAwsCalls(emulator)
  const cdk = createCdk(emulator, folder)
  await aws('secretsmanager', 'create_secret', { Name: SECRET, SecretString: ckan.tokens.admin })
  await progress.step('cdk bootstrap', () => cdk.bootstrap(environment))
  const outputs = await progress.step('cdk deploy', () => cdk.deploy(environment))
  const gateway = `${emulator.url}/_aws/execute-api/${new URL(outputs.apiEndpoint).hostname.split('.')[0]}`
  const open: AwsRoad['open'] = (url, init) => fetch(url.replace(outputs.gatewayUrl, gateway), init)
  const people = createCkanCalls(ckan)

  const record: AwsRoad['record'] = async ({ id }) => {
    const response = await open(`${gateway}/uploads/${id}`, { headers: { Authorization: ckan.tokens.editor } })
    if (!response.ok)
      throw new Error(`The gateway does not show the upload ${id}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  return {
    ...people,
    ...createGatewayCalls(() => gateway, ckan.tokens.editor),
    emulator,
    environment,
    aws,
    outputs,
    gateway,
    folder,
    queueUrl: `${emulator.url}/${ACCOUNT}/${outputs.queue}`,
    deadLetterQueueUrl: `${emulator.url}/${ACCOUNT}/${outputs.deadLetterQueue}`,
    record,
    async settled(ticket) {
      await expect.poll(async () => (await record(ticket)).state).not.toBe('issued')
      return record(ticket)
    },
    open,
    redeploy: async (changes) => {
      await progress.step('cdk deploy, changed', () => cdk.deploy({ ...environment, ...changes }))
    },
    destroy: () => progress.step('cdk destroy', () => cdk.destroy(environment)),
    close,
  }
}
