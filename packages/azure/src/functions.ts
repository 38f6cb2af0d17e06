import { app, type HttpRequest, type HttpResponseInit, type InvocationContext, trigger } from '@azure/functions'
import { consume } from '@ckan-uplink/core'
import { reconcileAll } from '@ckan-uplink/core/operations'
import { once } from '@ckan-uplink/core/support'
import { createGatewayApp, createLinkerApp } from './app.ts'
import { decode } from './decode.ts'
import { type Consume, handleBatch } from './handle-batch.ts'
import { logTo } from './invocation-logger.ts'
import { deliverOne, WEBHOOKS_CONNECTION } from './webhooks.ts'

// One process has one environment. A `ConfigurationError` fails the invocation, and Event Grid delivers its events
// again.
const gateway = once(() => createGatewayApp(process.env))
const linker = once(() => createLinkerApp(process.env))

// The gateway streams bodies: https://learn.microsoft.com/azure/azure-functions/functions-reference-node#http-streams
app.setup({ enableHttpStream: true })

// The trigger answers Event Grid's handshakes by itself. Only with these options does it pass a whole delivery as JSON
// texts:
// https://github.com/Azure/azure-sdk-for-net/tree/main/sdk/eventgrid/Microsoft.Azure.WebJobs.Extensions.EventGrid
app.generic('linker', {
  trigger: trigger.generic({ type: 'eventGridTrigger', name: 'events', cardinality: 'many', dataType: 'string' }),
  handler: (events: unknown, context: InvocationContext) =>
    logTo(context, async () => {
      const { linkDeps, tokenNotes } = linker()
      const consumeBatch: Consume = (decoder, deliveries) => consume(linkDeps, decoder, deliveries)
      const batch = Array.isArray(events) ? events : [events]
      await Promise.all([handleBatch(consumeBatch, decode, batch, new Date()), tokenNotes.noteIfDue()])
    }),
})

app.http('gateway', {
  route: '{*path}',
  authLevel: 'anonymous',
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  handler: (request, context) => logTo(context, async () => toAnswer(await gateway().fetch(toRequest(request)))),
})

app.timer('reconcile', {
  schedule: '0 17 3 * * *',
  handler: (_timer, context) => logTo(context, () => reconcileAll(linker().linkDeps)),
})

app.timer('token', {
  schedule: '0 47 * * * *',
  handler: (_timer, context) =>
    logTo(context, async () => {
      const { tokenNotes, webhooks } = linker()
      await Promise.all([tokenNotes.note(), webhooks?.sendUnsent()])
    }),
})

const { WEBHOOK_QUEUE_URL: eventQueueUrl } = process.env
if (eventQueueUrl)
  app.storageQueue('webhooks', {
    queueName: new URL(eventQueueUrl).pathname.split('/').at(-1) ?? '',
    connection: WEBHOOKS_CONNECTION,
    handler: (message, context) =>
      logTo(context, async () => {
        const { webhooks } = linker()
        if (webhooks) await deliverOne(webhooks, message, Number(context.triggerMetadata?.['dequeueCount'] ?? 1))
      }),
  })

function toRequest({ url, method, headers, body }: HttpRequest): Request {
  return new Request(url, { method, headers: [...headers], ...(body && { body, duplex: 'half' }) })
}

function toAnswer({ status, headers, body }: Response): HttpResponseInit {
  return { status, headers: [...headers], ...(body && { body }) }
}
