import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type PipelinePolicy,
} from '@azure/core-rest-pipeline'
import type { TokenCredential } from '@azure/identity'
import { storageSharedKeyCredentialPolicy } from '@azure/storage-common'
import { type EventQueue, UnavailableError, type Webhooks } from '@ckan-uplink/core'

/** The beginning of the settings by which the host of Functions reads the queue of events. */
export const WEBHOOKS_CONNECTION = 'AzureWebJobsWebhooks'

/** The account's key, for emulators, or an identity. */
export type QueueCredential = { readonly accountKey: string } | TokenCredential

const TIMEOUT_MS = 5_000
const CREATED = 201

/**
 * The queue of events, in Queue Storage: https://learn.microsoft.com/rest/api/storageservices/put-message. The trigger
 * of Functions expects base64. Azure's own client for queues would add 60 kB to every start of a function.
 */
export function createEventQueue(url: string, credential: QueueCredential): EventQueue {
  const client = createDefaultHttpClient()
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 2, retryDelayInMs: 200 } })
  pipeline.addPolicy(authorizationOf(url, credential))
  return {
    async send(message) {
      const request = createPipelineRequest({
        url: `${url}/messages`,
        method: 'POST',
        timeout: TIMEOUT_MS,
        allowInsecureConnection: url.startsWith('http:'),
        headers: createHttpHeaders({ 'x-ms-version': '2024-11-04', 'Content-Type': 'application/xml' }),
        body: `<QueueMessage><MessageText>${Buffer.from(message).toString('base64')}</MessageText></QueueMessage>`,
      })
      const { status } = await pipeline.sendRequest(client, request)
      if (status !== CREATED) throw new UnavailableError(`Queue Storage answered ${status} to an event.`)
    },
  }
}

/** An emulator has the account in the path of the URL. */
function authorizationOf(url: string, credential: QueueCredential): PipelinePolicy {
  if ('getToken' in credential)
    return bearerTokenAuthenticationPolicy({ credential, scopes: 'https://storage.azure.com/.default' })
  const [, accountName = ''] = new URL(url).pathname.split('/')
  return storageSharedKeyCredentialPolicy({ accountName, accountKey: Buffer.from(credential.accountKey, 'base64') })
}

/** Delivers an event. Throws for another attempt: the queue then waits as long as `host.json` says. */
export async function deliverOne(
  { deliver }: Pick<Webhooks, 'deliver'>,
  message: unknown,
  attempt: number,
): Promise<void> {
  if ((await deliver(message, attempt)) !== undefined)
    throw new UnavailableError('The event needs another delivery: the line before says why.')
}
