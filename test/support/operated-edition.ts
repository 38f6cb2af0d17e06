import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createS3Client, createStore } from '@ckan-uplink/aws'
import { createUplink, type Uplink } from '@ckan-uplink/client'
import type { ObjectStore } from '@ckan-uplink/core'
import { choosePorts, type LocalHandle, type LocalOptions, startLocal } from '@ckan-uplink/local'
import { type CkanStandIn, type CkanStandInOptions, startCkanStandIn } from '@ckan-uplink/testing'
import { type Ended, runCli, startCli } from '../../packages/cli/test/support/cli.ts'
import { type CkanAccess, type CkanCalls, createCkanCalls } from './ckan-calls.ts'

type Line = Readonly<Record<string, unknown>>

/** A local edition with its own CKAN and its own folder, and an operator for it. */
export interface OperatedEdition extends CkanCalls {
  readonly folder: string
  readonly local: LocalHandle
  readonly ckan: CkanStandIn
  /** The bucket, by its S3 endpoint. New objects trigger notifications. */
  readonly store: ObjectStore
  /** A client with the token of the editor. */
  readonly uplink: Uplink
  /** Runs an operator command with the token of a sysadmin, without a terminal. */
  operate(args: string, env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Starts the same command and does not wait for its end. */
  startOperating(args: string): ReturnType<typeof startCli>
  close(): Promise<void>
}

export async function openOperatedEdition(
  options: { readonly ckan?: CkanStandInOptions; readonly local?: Partial<LocalOptions> } = {},
): Promise<OperatedEdition> {
  const ckan = await startCkanStandIn(options.ckan)
  const edition = await openEditionOf(ckan, options.local)
  return {
    ...edition,
    ckan,
    async close() {
      await edition.close()
      await ckan.close()
    },
  }
}

/** The same with a CKAN that runs already, and that keeps running. */
export async function openEditionOf(
  ckan: CkanAccess,
  options: Partial<LocalOptions> = {},
): Promise<Omit<OperatedEdition, 'ckan'>> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-operations-'))
  const service = { url: ckan.url, token: ckan.tokens.admin }
  const local = await startLocal({
    folder: join(folder, '.local'),
    ports: await choosePorts('0'),
    ckan: service,
    ...options,
  })
  const credentials = JSON.parse(await readFile(join(folder, '.local', 'credentials.json'), 'utf8'))
  const client = createS3Client({
    endpoint: local.settings['R2_S3_ENDPOINT'] ?? '',
    region: 'auto',
    forcePathStyle: true,
    credentials,
  })
  const env = { XDG_STATE_HOME: join(folder, 'state'), CKAN_API_TOKEN: ckan.tokens.admin }
  const how = { cwd: folder, program: 'npm run uplink' } as const
  return {
    ...createCkanCalls(ckan),
    folder,
    local,
    store: createStore({ client, bucket: local.settings['BUCKET_NAME'] ?? '' }),
    uplink: createUplink({ gateway: local.gateway, token: ckan.tokens.editor }),
    operate: (args, more = {}) => runCli(wordsOf(args), { ...how, env: { ...env, ...more } }),
    startOperating: (args) => startCli(wordsOf(args), { ...how, env }),
    async close() {
      await local.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Splits arguments like a shell and removes the quotes. */
function wordsOf(args: string): readonly string[] {
  return [...args.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}

/** The JSON lines that a command has printed. */
export function linesOf({ stdout }: Ended): readonly Line[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
