import { ConfigurationError } from '@ckan-uplink/core'
import type { CloudflareEnvironment } from '../../infra/cloudflare/entry.ts'
import type { Environment } from '../../infra/environment.ts'
import { findEnvironment } from '../../infra/find-environment.ts'

export const good: CloudflareEnvironment = {
  provider: 'cloudflare',
  accountId: '0123456789abcdef0123456789abcdef',
  zone: 'example.org',
  ckanUrl: 'https://data.example.org',
  ckanToken: { secret: 'ckanToken' },
  ckanCallsAtOnce: 16,
  gatewayUrl: 'https://uploads.example.org',
  bucket: 'open-data',
}

/** The faults of an environment. */
export function faultsOf(environment: object, name = 'staging'): readonly string[] {
  try {
    findEnvironment({ [name]: environment as Environment }, name)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults
    throw error
  }
  return []
}
