import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const ROOT = new URL('..', import.meta.url)

/**
 * The version of this checkout: that of the gateway's package, the commit, and `dirty` with changes that are not
 * committed. Without git it is only the first part.
 */
export function checkoutVersion(): string {
  version ??= readVersion()
  return version
}

let version: string | undefined

function readVersion(): string {
  const { version: released }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('packages/gateway/package.json', ROOT), 'utf8'),
  )
  const commit = readCommit()
  return commit === undefined ? released : `${released}+${commit}`
}

function readCommit(): string | undefined {
  try {
    const args = ['describe', '--always', '--exclude=*', '--abbrev=12', '--dirty=.dirty']
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}
