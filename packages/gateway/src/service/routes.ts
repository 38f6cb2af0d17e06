import { NotFoundError } from '@ckan-uplink/core'
import type { Hono } from 'hono'
import type { GatewayDeps } from '../deps.ts'
import { readDescription } from './description.ts'
import { createReminder } from './parked.ts'
import { createReadiness } from './readiness.ts'

const PARKED =
  'Messages are parked: run `parked list`, and see "Parked messages" in docs/operations.md of ckan-uplink.\n'

/** Routes about the gateway itself: what it is, whether it works, its API. */
export function addServiceRoutes(app: Hono, deps: GatewayDeps): void {
  const { gatewayUrl, version } = deps.settings
  const readReadiness = createReadiness(deps)
  const isReminderDue = createReminder(deps)
  app.get('/', () => new Response(landingText(gatewayUrl)))
  app.get('/healthz', () => Response.json({ status: 'ok', ...(version !== undefined && { version }) }))
  app.get('/readyz', async () => {
    const readiness = await readReadiness()
    return Response.json(readiness, {
      status: readiness.status === 'ok' ? 200 : 503,
      headers: { 'Cache-Control': 'no-store' },
    })
  })
  app.get('/readyz/parked', async () => {
    const isDue = await isReminderDue()
    return new Response(isDue ? PARKED : 'No reminder is due.\n', {
      status: isDue ? 503 : 200,
      headers: { 'Cache-Control': 'no-store' },
    })
  })
  app.get('/openapi.json', async () => {
    const description = await readDescription(deps)
    if (description === undefined) throw new NotFoundError('This gateway was deployed without its API description.')
    return Response.json({ ...description, servers: [{ url: gatewayUrl }] })
  })
}

function landingText(gatewayUrl: string): string {
  return `ckan-uplink: direct-to-cloud uploads for CKAN. The API is described at ${gatewayUrl}/openapi.json.\n`
}
