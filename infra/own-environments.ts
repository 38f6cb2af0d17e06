import { existsSync } from 'node:fs'
import type { Environments } from './environment.ts'

/**
 * The entries of `environments.local.ts`, which git ignores, or of the file at the absolute path UPLINK_ENVIRONMENTS. So
 * an upgrade of the checkout never conflicts with them.
 */
export async function ownEnvironments(): Promise<Environments> {
  const named = process.env['UPLINK_ENVIRONMENTS']
  const file = new URL(named || '../environments.local.ts', import.meta.url)
  if (!named && !existsSync(file)) return {}
  const { environments }: { readonly environments: Environments } = await import(file.href)
  return environments
}
