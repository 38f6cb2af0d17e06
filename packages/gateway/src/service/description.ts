import type { JsonObject } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '../deps.ts'

/** The name of the API description among the static files. */
export const API_DESCRIPTION = 'openapi.json'

/** The API description without examples and servers. `undefined` if this gateway has no such file. */
export async function readDescription({ staticFiles }: GatewayDeps): Promise<JsonObject | undefined> {
  const content = await staticFiles?.read(API_DESCRIPTION)
  return content && JSON.parse(new TextDecoder().decode(content))
}
