import type { Settings } from '@ckan-uplink/core/settings'
import { type Check, hint, request, right, wrong } from './check.ts'

/** Checks that the gateway answers and reports itself ready. */
export function gatewayChecks({ gatewayUrl, version: wanted }: Settings): readonly Check[] {
  return [
    {
      name: 'gateway',
      adviceOnError: 'Check that it is deployed, and that its host leads to the deployment (DNS, certificate, proxy).',
      async run() {
        const startedAt = performance.now()
        const response = await request(`${gatewayUrl}/healthz`)
        const text = await response.text()
        if (response.ok && text.includes('"ok"'))
          return right(`${gatewayUrl} answers in ${Math.round(performance.now() - startedAt)} ms`)
        return wrong(
          `${gatewayUrl}/healthz answers ${response.status}, which is not the answer of a gateway.`,
          'Another server answers there. Correct gatewayUrl, or the server to which its host leads.',
        )
      },
    },
    ...(wanted === undefined ? [] : [versionCheck(gatewayUrl, wanted)]),
    {
      name: 'gateway is ready',
      adviceOnError: 'See the line above and the log of the gateway.',
      async run() {
        const response = await request(`${gatewayUrl}/readyz`)
        const { checks = {} }: Readiness = await response.json()
        const lines = Object.entries(checks).map(([name, { detail }]) => `${name}: ${detail}`)
        const failing = Object.entries(checks).flatMap(([name, { status, detail }]) =>
          status === 'ok' ? [] : [`${name}: ${detail}`],
        )
        if (response.ok) return right(lines.join('; '))
        return wrong(
          failing.join('; ') || `it answers ${response.status}`,
          'Fix the failed checks. They show the view of the gateway; its log has the reason.',
        )
      },
    },
  ]
}

interface Readiness {
  readonly checks?: Readonly<Record<string, { readonly status: string; readonly detail: string }>>
}

/** Another version is no fault by itself: the commands of operators work with the record format of the deployment. */
function versionCheck(gatewayUrl: string, wanted: string): Check {
  return {
    name: 'version',
    adviceOnError: 'See the line of the gateway.',
    async run() {
      const { version }: { readonly version?: string } = await (await request(`${gatewayUrl}/healthz`)).json()
      if (version === wanted) return right(`${version}, as in this checkout`)
      const deployed = version ?? 'an earlier version, which does not say its number'
      return hint(`deployed is ${deployed}; this checkout is ${wanted}. Run the commands from the deployed version.`)
    },
  }
}
