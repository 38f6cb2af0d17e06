import { AsyncLocalStorage } from 'node:async_hooks'
import type { InvocationContext } from '@azure/functions'
import { consoleLogger, type Logger } from '@ckan-uplink/core'

const invocations = new AsyncLocalStorage<Pick<InvocationContext, 'info' | 'warn' | 'error'>>()

/**
 * Writes one JSON object per line to the log of the current invocation. Application Insights cannot assign lines of the
 * console to invocations.
 * https://learn.microsoft.com/azure/azure-functions/functions-reference-node#logging
 */
export const invocationLogger: Logger = {
  log(level, event, fields) {
    const context = invocations.getStore()
    if (context === undefined) consoleLogger.log(level, event, fields)
    else context[level](JSON.stringify({ level, event, ...fields }))
  },
}

/** Runs an invocation and sends its log lines to its own log. */
export function logTo<T>(context: InvocationContext, invocation: () => Promise<T>): Promise<T> {
  return invocations.run(context, invocation)
}
