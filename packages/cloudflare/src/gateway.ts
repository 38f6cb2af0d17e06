import type { Environment } from './config.ts'
import { createGatewayPart } from './parts.ts'

let gateway: ReturnType<typeof createGatewayPart> | undefined

/** The Worker that people and scripts talk to. One isolate has one environment, so its gateway is built once. */
export default {
  async fetch(request: Request, env: Environment): Promise<Response> {
    gateway ??= createGatewayPart(env)
    return gateway.fetch(request)
  },
}
