import type { Settings } from '@ckan-uplink/core'
import { ask, type Check, right, wrong } from './check.ts'

/** Does the gateway answer, and does it say that it has all it needs? */
export function gatewayChecks({ gatewayUrl }: Settings): readonly Check[] {
  return [
    {
      name: 'gateway',
      otherwise: 'See whether its host leads to the deployment (DNS, certificate, proxy), and whether it is deployed.',
      async run() {
        const startedAt = performance.now()
        const response = await ask(`${gatewayUrl}/healthz`)
        const text = await response.text()
        if (response.ok && text.includes('"ok"'))
          return right(`${gatewayUrl} answers in ${Math.round(performance.now() - startedAt)} ms`)
        return wrong(
          `${gatewayUrl}/healthz answers ${response.status}, not as a gateway does.`,
          'Somebody else answers there: correct gatewayUrl, or what its host leads to.',
        )
      },
    },
    {
      name: 'gateway is ready',
      otherwise: 'See the line above, and the log of the gateway.',
      async run() {
        const response = await ask(`${gatewayUrl}/readyz`)
        const { checks = {} }: Readiness = await response.json()
        const lines = Object.entries(checks).map(([name, { detail }]) => `${name}: ${detail}`)
        const failing = Object.entries(checks).flatMap(([name, { status, detail }]) =>
          status === 'ok' ? [] : [`${name}: ${detail}`],
        )
        if (response.ok) return right(lines.join('; '))
        return wrong(
          failing.join('; ') || `it answers ${response.status}`,
          'Mend what it names, as the gateway sees it; its log has the reason.',
        )
      },
    },
  ]
}

interface Readiness {
  readonly checks?: Readonly<Record<string, { readonly status: string; readonly detail: string }>>
}
