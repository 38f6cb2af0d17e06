import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { StackResource } from '@ckan-uplink/operations'

/** A Worker's code is a part of the state. */
const MAX_BYTES = 256 * 2 ** 20

interface State {
  readonly deployment?: { readonly resources?: readonly { readonly type: string; readonly id?: string }[] }
}

/** The resources that Pulumi has created for an environment, or `undefined` if it does not know the stack. */
export async function readPulumiStack(name: string): Promise<readonly StackResource[] | undefined> {
  const { stdout } = await promisify(execFile)('pulumi', ['stack', 'export', '--stack', name], {
    timeout: 60_000,
    maxBuffer: MAX_BYTES,
  }).catch(() => ({ stdout: '' }))
  if (stdout.trim() === '') return undefined
  const { deployment }: State = JSON.parse(stdout)
  return (deployment?.resources ?? []).flatMap(({ type, id }) => (id === undefined ? [] : [{ type, id }]))
}
