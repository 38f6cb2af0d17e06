import type { IssuedUpload } from '@ckan-uplink/client'
import type { Sender } from './prepare.ts'
import type { Transfer } from './transfer.ts'

/** The fragment of an upload link's address: `<id>-<secret>`. */
export function parseLink(fragment: string): { readonly id: string; readonly token: string } | undefined {
  const found = /^#?([0-9a-f]+)-[0-9a-f]+$/u.exec(fragment)
  return found?.[1] === undefined ? undefined : { id: found[1], token: `uplink-link-${fragment.replace(/^#/u, '')}` }
}

interface Begun {
  readonly resource: string
  readonly upload: IssuedUpload
}

/** Begins the upload of each file by an upload link. A refused file fails by itself. */
export async function issueByLink(
  uplink: Sender,
  link: string,
  transfers: readonly Transfer[],
  fail: (transfer: Transfer, thrown: unknown) => void,
): Promise<void> {
  for (const transfer of transfers) {
    const { file, path, hash, state } = transfer
    if (state === 'cancelled') continue
    const name = path.slice(path.lastIndexOf('/') + 1)
    try {
      const params = { id: link, name, size: file.size, hash }
      transfer.issued = await uplink.action<Begun>('upload_link_use', params)
    } catch (thrown) {
      fail(transfer, thrown)
    }
  }
}
