import { UsageError } from '@ckan-uplink/cli'
import { messageOf } from '@ckan-uplink/core'
import type { EnvVars } from './clouds/cloud-access.ts'
import type { Deployment } from './deployment.ts'

/**
 * The address of the deployed gateway. If the cloud chose it, the variable saves asking the cloud. Throws `UsageError`
 * if the cloud chose it and does not tell it.
 */
export async function findGateway(deployment: Deployment, env: EnvVars): Promise<string> {
  if (deployment.findGateway === undefined) return deployment.settings.gatewayUrl
  if (env['CKAN_UPLINK_GATEWAY']) return toAddress('CKAN_UPLINK_GATEWAY', env['CKAN_UPLINK_GATEWAY'])
  try {
    return await deployment.findGateway()
  } catch (thrown) {
    throw new UsageError(
      `The address of the gateway of ${deployment.name} cannot be read: ${messageOf(thrown)} Give it with --gateway or CKAN_UPLINK_GATEWAY: it is the output gatewayUrl of the stack.`,
    )
  }
}

/** Returns the address without a slash at the end. Throws `UsageError` for an invalid address. */
export function toAddress(option: string, text: string): string {
  if (URL.canParse(text) && /^https?:/u.test(text)) return text.replace(/\/+$/u, '')
  throw new UsageError(`${option} is ${JSON.stringify(text)}: give an address such as https://uploads.example.org.`)
}
