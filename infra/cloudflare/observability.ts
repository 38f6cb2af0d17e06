import type { CloudflareEnvironment } from './entry.ts'

/** The logs that Cloudflare keeps, and their destinations: one form for Pulumi and, with snake case, for Wrangler. */
interface Observability {
  readonly enabled: true
  readonly logs?: { readonly enabled: true; readonly invocationLogs: true; readonly destinations: string[] }
  readonly traces?: { readonly enabled: true; readonly destinations: string[] }
}

/**
 * Without `openTelemetry` only Cloudflare has the logs.
 * https://developers.cloudflare.com/workers/observability/exporting-opentelemetry-data/
 */
export function observabilityOf({ openTelemetry = {} }: CloudflareEnvironment): Observability {
  const { logs, traces } = openTelemetry
  return {
    enabled: true,
    ...(logs !== undefined && { logs: { enabled: true, invocationLogs: true, destinations: [logs] } }),
    ...(traces !== undefined && { traces: { enabled: true, destinations: [traces] } }),
  }
}
