import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'

/** Starts a local edition on free ports, in a new folder. `close` also removes the folder. */
export async function openLocalEdition(): Promise<LocalHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  const local = await startLocal({ folder, ports: await choosePorts('0') })
  return {
    ...local,
    async close() {
      await local.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
