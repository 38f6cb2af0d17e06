import { existsSync } from 'node:fs'
import type { Environments } from './environment.ts'

/** The file with the operator's own entries. It may not exist yet. */
export function ownFile(): URL {
  return new URL(process.env['UPLINK_ENVIRONMENTS'] || '../environments.local.ts', import.meta.url)
}

/**
 * The entries of `environments.local.ts`, which git ignores, or of the file at the absolute path UPLINK_ENVIRONMENTS.
 * So an upgrade of the checkout never conflicts with them.
 */
export async function ownEnvironments(): Promise<Environments> {
  const file = ownFile()
  if (!process.env['UPLINK_ENVIRONMENTS'] && !existsSync(file)) return {}
  const { environments }: { readonly environments: Environments } = await import(file.href)
  return environments
}
