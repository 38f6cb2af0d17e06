import { messageOf } from '@ckan-uplink/core'
import type { LogLine, LogOptions, LogReader, Program } from '../log-reader.ts'
import { readInHalves } from '../read-in-halves.ts'
import { createCloudflareApi } from './api.ts'

/** The maximum of an answer. */
const MOST = 2_000
const LATE_BY_MS = 60_000

const QUERY = '/workers/observability/telemetry/query'
/** The events by which a schedule starts a Worker. */
const SCHEDULES = ['cron', 'scheduled']

interface TelemetryEvent {
  readonly timestamp: number
  /** The fields of a line in JSON, or the text of any other line. */
  readonly source: unknown
  readonly $metadata: { readonly id: string }
  readonly $workers?: { readonly eventType?: string }
}

interface Answer {
  readonly events?: { readonly events?: readonly TelemetryEvent[] }
}

export interface Workers {
  readonly accountId: string
  readonly gateway: string
  readonly linker: string
}

/**
 * Reads Workers Logs, which hold seven days. The linker's Worker also reconciles: a schedule starts it then.
 * https://developers.cloudflare.com/api/resources/workers/subresources/observability/subresources/telemetry/
 */
export function openCloudflareLogs({ accountId, gateway, linker }: Workers, { needs, env }: LogOptions): LogReader {
  const token = needs.variable('CLOUDFLARE_API_TOKEN', 'an API token with Workers Observability Write')
  const apiUrl = env['CLOUDFLARE_API_BASE_URL'] || 'https://api.cloudflare.com/client/v4'
  const api = createCloudflareApi({ apiUrl, accountId, token })

  async function ask(service: string, from: Date, to: Date): Promise<readonly TelemetryEvent[]> {
    const filter = { key: '$metadata.service', operation: 'eq', type: 'string', value: service }
    const parameters = { datasets: ['cloudflare-workers'], filters: [filter] }
    // The last millisecond belongs to the period.
    const timeframe = { from: from.getTime(), to: to.getTime() - 1 }
    const body = { queryId: 'ckan-uplink', view: 'events', limit: MOST, timeframe, parameters }
    const { events } = await api.post<Answer>(QUERY, body).catch((thrown: unknown) => {
      throw new Error(
        `The log of ${service} cannot be read: ${messageOf(thrown)} Reading needs an API token with Workers Observability Write.`,
        { cause: thrown },
      )
    })
    return events?.events ?? []
  }

  return {
    lateByMs: LATE_BY_MS,
    async *read(program, period) {
      const service = program === 'gateway' ? gateway : linker
      const lines = readInHalves(period, MOST, async ({ from, to }) =>
        (await ask(service, from, to)).map((event) => ({ ...toLine(event), program: programOf(program, event) })),
      )
      for await (const line of lines) if (line.program === program) yield line
    },
  }
}

function programOf(asked: Program, { $workers }: TelemetryEvent): Program {
  if (asked === 'gateway') return asked
  return SCHEDULES.includes($workers?.eventType ?? '') ? 'reconcile' : 'linker'
}

function toLine({ timestamp, source, $metadata }: TelemetryEvent): LogLine {
  const text = typeof source === 'string' ? source : JSON.stringify(source)
  return { id: $metadata.id, at: new Date(timestamp), text }
}
