import type { Logger } from '@ckan-uplink/core'

/** Ids of the caller's trace, and of the part of it that sent the request. */
interface TraceFields {
  readonly trace_id?: string
  readonly parent_id?: string
}

/** The headers of https://www.w3.org/TR/trace-context/ that a page of another origin may send. */
export const TRACE_HEADERS = ['traceparent', 'tracestate']

/** A later version may have more fields. No id is all zeros, and `ff` is no version. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/u

/** What the log shows of the caller's trace: nothing without a valid `traceparent`. */
function traceOf(headers: Headers): TraceFields {
  const [, version, traceId, parentId, rest] = TRACEPARENT.exec(headers.get('traceparent') ?? '') ?? []
  if (traceId === undefined || parentId === undefined || (version === '00' && rest !== undefined)) return {}
  return { trace_id: traceId, parent_id: parentId }
}

/** A logger for one request, whose lines show the caller's trace. */
export function tracedLogger(logger: Logger, headers: Headers): Logger {
  const trace = traceOf(headers)
  if (trace.trace_id === undefined) return logger
  return { log: (level, event, fields) => logger.log(level, event, { ...fields, ...trace }) }
}
