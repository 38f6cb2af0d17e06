import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { PostWebhook } from '@ckan-uplink/core'
import { isLoopbackHost } from '@ckan-uplink/core/support'
import { RequestFilteringHttpsAgent } from 'request-filtering-agent'

const TIMEOUT_MS = 15_000

/** Refuses an address that is not public when it has resolved the name, and connects to exactly this address. */
const publicOnly = new RequestFilteringHttpsAgent()

/** Follows no redirect, as Node's own client. Settings allow this machine for tests alone. */
export const postWebhook: PostWebhook = (url, { headers, body }) =>
  new Promise((resolve, reject) => {
    const { protocol, hostname } = new URL(url)
    const options = { method: 'POST', headers, signal: AbortSignal.timeout(TIMEOUT_MS) }
    const request =
      protocol === 'http:' && isLoopbackHost(hostname)
        ? requestHttp(url, options)
        : requestHttps(url, { ...options, agent: publicOnly })
    request.once('error', reject)
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0)
      // The answer's body is of no interest, and may be endless.
      response.destroy()
    })
    request.end(body)
  })
