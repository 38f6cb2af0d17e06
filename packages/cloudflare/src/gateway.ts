import { createGatewayApp } from './app.ts'
import type { EnvVars } from './config.ts'

let gateway: ReturnType<typeof createGatewayApp> | undefined

/** The Worker that people and scripts talk to. One isolate has one environment, so its gateway is built once. */
export default {
  async fetch(request: Request, env: EnvVars): Promise<Response> {
    gateway ??= createGatewayApp(env)
    return gateway.fetch(request)
  },
}
