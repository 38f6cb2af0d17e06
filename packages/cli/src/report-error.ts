import { ConfigurationError, messageOf } from '@ckan-uplink/core'
import { UsageError } from './usage-error.ts'

/** Prints why a command could not run or go on. Returns the exit code: 2 for wrong use, otherwise 1. */
export function reportError(thrown: unknown): number {
  console.error(thrown instanceof ConfigurationError ? thrown.faults.join('\n') : messageOf(thrown))
  return thrown instanceof UsageError || thrown instanceof ConfigurationError ? 2 : 1
}
