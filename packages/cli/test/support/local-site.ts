import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink, type Uplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { type CkanStandIn, type CkanStandInOptions, startCkanStandIn } from '@ckan-uplink/testing'

/** A CKAN that counts its calls, and the local edition before it. */
export interface LocalSite {
  /** A folder of its own. `close` removes it. */
  readonly home: string
  readonly ckan: CkanStandIn
  readonly local: LocalHandle
  readonly editor: Uplink
  close(): Promise<void>
}

export async function openLocalSite(
  options?: CkanStandInOptions,
  settings: Readonly<Record<string, string>> = {},
): Promise<LocalSite> {
  const home = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  const ckan = await startCkanStandIn(options)
  const local = await startLocal({
    folder: join(home, '.local'),
    ports: await choosePorts('0'),
    ckan: { url: ckan.url, token: ckan.tokens.admin },
    settings: { ALLOW_HTTP_CKAN: 'true', ...settings },
  })
  return {
    home,
    ckan,
    local,
    editor: createUplink({ gateway: local.gateway, token: ckan.tokens.editor }),
    async close() {
      await local.close()
      await ckan.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}
