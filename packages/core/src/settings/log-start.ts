import type { Logger } from '../ports/index.ts'
import type { Settings } from './settings.ts'

/** Writes the first line of a deployed program to the log: its version. */
export function logStart(logger: Logger, program: string, { version }: Settings): void {
  if (version !== undefined) logger.log('info', 'started', { program, version })
}
