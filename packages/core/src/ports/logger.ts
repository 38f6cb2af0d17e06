/** Writes one line per call, as JSON where machines read it. Fields never contain a secret or a signed URL. */
export interface Logger {
  log(level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>): void
}
