/** The values of a line. The line itself has a level and an event, which no field may replace. */
type LogFields = Readonly<Record<string, unknown>> & { readonly level?: never; readonly event?: never }

/** Writes one line per call, as JSON where machines read it. Fields never contain a secret or a signed URL. */
export interface Logger {
  log(level: 'info' | 'warn' | 'error', event: string, fields: LogFields): void
}
