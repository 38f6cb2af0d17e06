import type { RegisteredFunction } from './functions-core.ts'

interface TriggerAnswer {
  readonly status: number
  readonly body?: string
}

/**
 * What the Event Grid trigger makes of a request: it answers both schemas' handshakes by itself, calls the function
 * once for a batch or once for each event, and answers 500 when one call throws, so that all come again.
 * https://github.com/Azure/azure-sdk-for-net/tree/main/sdk/eventgrid/Microsoft.Azure.WebJobs.Extensions.EventGrid
 */
export async function answerEventGrid(
  linker: RegisteredFunction | undefined,
  type: string,
  body: string,
): Promise<TriggerAnswer> {
  if (linker?.type !== 'eventGridTrigger') return { status: 404, body: 'cannot find function' }
  if (type === 'SubscriptionValidation')
    return { status: 200, body: JSON.stringify({ validationResponse: validationCodeOf(JSON.parse(body)) }) }
  if (type === 'Unsubscribe') return { status: 202 }
  if (type !== 'Notification') return { status: 400 }
  const events = [JSON.parse(body)].flat().map((event) => JSON.stringify(event, undefined, 2))
  const calls = linker.takesBatches
    ? [linker.invoke({ collectionString: { string: events } })]
    : events.map((event) => linker.invoke({ string: event }))
  const results = await Promise.allSettled(calls)
  const failed = results.find((result) => result.status === 'rejected')
  return failed ? { status: 500, body: String(failed.reason) } : { status: 202 }
}

/** In a CloudEvent the data are JSON within JSON. */
function validationCodeOf(event: unknown): unknown {
  const { data } = Array.isArray(event) ? event[0] : (event as { readonly data: string })
  return (typeof data === 'string' ? JSON.parse(data) : data).validationCode
}
