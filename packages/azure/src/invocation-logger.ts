import { AsyncLocalStorage } from 'node:async_hooks'
import type { InvocationContext } from '@azure/functions'
import { consoleLogger, type Logger } from '@ckan-uplink/core'

const invocations = new AsyncLocalStorage<Pick<InvocationContext, 'info' | 'warn' | 'error'>>()

/**
 * One JSON object a line, in the log of the invocation that it belongs to: what goes to the console, Application Insights
 * can't tell from other invocations' lines.
 * https://learn.microsoft.com/azure/azure-functions/functions-reference-node#logging
 */
export const invocationLogger: Logger = {
  log(level, event, fields) {
    const context = invocations.getStore()
    if (context === undefined) consoleLogger.log(level, event, fields)
    else context[level](JSON.stringify({ level, event, ...fields }))
  },
}

/** Runs an invocation, so that what it logs is in its log. */
export function logTo<T>(context: InvocationContext, invocation: () => Promise<T>): Promise<T> {
  return invocations.run(context, invocation)
}
