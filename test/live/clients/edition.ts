import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePorts, startLocal } from '@ckan-uplink/local'
import { type CkanCalls, createCkanCalls } from '../../support/ckan-calls.ts'
import type { Site } from '../support/sites.ts'

/** The local edition with a real CKAN, and the calls of people to that CKAN. */
export interface Edition extends CkanCalls {
  readonly gateway: string
  /** The folder for the clients' files. */
  readonly folder: string
  close(): Promise<void>
}

export async function openEdition(site: Site): Promise<Edition> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-clients-'))
  const ckan = createCkanCalls(site)
  const { gateway, close } = await startLocal({
    folder: join(folder, 'local'),
    ports: await choosePorts('0'),
    ckan: { url: site.url, token: site.tokens.admin },
  })
  return {
    ...ckan,
    gateway,
    folder,
    async close() {
      await close()
      await ckan.purge()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
