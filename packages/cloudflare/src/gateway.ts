import { createGatewayApp } from './app.ts'
import type { EnvVars } from './config.ts'

let gateway: ReturnType<typeof createGatewayApp> | undefined

/** The Worker for callers. One isolate has one environment, so it creates its gateway once. */
export default {
  async fetch(request: Request, env: EnvVars): Promise<Response> {
    gateway ??= createGatewayApp(env)
    return gateway.fetch(request)
  },
}
