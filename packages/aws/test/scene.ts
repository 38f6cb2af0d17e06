import type { ObjectStore } from '@ckan-uplink/core'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { createStore } from '../src/index.ts'
import { type AwsServices, startAwsServices } from './aws-services.ts'
import type { RunningFunction } from './bundles/lambda.ts'
import { formEncode, s3Notification, s3Record } from './notifications.ts'
import { startS3 } from './s3-on-workerd.ts'

export const PREFIX = 'resources/api_uploads/'

interface Message {
  readonly id: string
  readonly body: string
  readonly received?: number
  /** The name of the queue. Default: the queue of links. */
  readonly queue?: string
}

/** The environment of the functions: a CKAN, a bucket, a secret and a queue. */
export interface Scene {
  readonly ckan: CkanStandIn
  readonly bucket: string
  readonly services: AwsServices
  readonly store: ObjectStore
  /** The variables of a function. */
  readonly variables: Readonly<Record<string, string>>
  /** Calls an action of CKAN as an editor. */
  ask(action: string, params: object): Promise<Record<string, unknown>>
  /** Creates a resource and puts its file to the plain key. */
  uploaded(content?: string): Promise<{ readonly id: string; readonly key: string }>
  /** S3's notification that the object was created. */
  notification(key: string): string
  /** Restores the secret, and removes faults and delays. */
  reset(): void
  close(): Promise<void>
}

export async function startScene(): Promise<Scene> {
  const [ckan, s3, services] = await Promise.all([startCkanStandIn(), startS3(), startAwsServices()])
  const { bucket } = s3
  const store = createStore(s3)
  const ask: Scene['ask'] = async (action, params) => {
    const headers = { Authorization: ckan.tokens.editor, 'Content-Type': 'application/json' }
    const response = await fetch(`${ckan.url}/api/3/action/${action}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(params),
    })
    return JSON.parse(await response.text()).result
  }
  const scene: Scene = {
    ckan,
    bucket,
    services,
    store,
    variables: {
      ...s3.variables,
      AWS_ENDPOINT_URL: services.url,
      CKAN_URL: ckan.url,
      GATEWAY_URL: 'https://data.example.org',
      BUCKET_NAME: bucket,
      CKAN_TOKEN_SECRET: 'ckan-token',
      QUEUE_URL: `${services.url}/000000000000/uploads`,
      MAX_RECEIVES: '3',
    },
    ask,
    async uploaded(content = 'a,b\n1,2\n') {
      const { id } = await ask('resource_create', { package_id: ckan.dataset, name: 'Measurements' })
      const key = `${PREFIX}${id}`
      await store.put(key, new TextEncoder().encode(content), { contentType: 'text/csv' })
      return { id: String(id), key }
    },
    notification: (key) =>
      s3Notification(s3Record('', { s3: { bucket: { name: bucket }, object: { key: formEncode(key) } } })),
    reset() {
      ckan.faults.reset()
      services.secret = ckan.tokens.admin
      services.queueFails = false
      services.visibilities.length = 0
    },
    async close() {
      await Promise.all([ckan.close(), s3.close(), services.close()])
    },
  }
  scene.reset()
  return scene
}

/** Passes messages to the linker like its queue; returns the messages that were not acknowledged. */
export async function deliver(to: RunningFunction, messages: readonly Message[]): Promise<readonly string[]> {
  const Records = messages.map(({ id, body, received = 1, queue = 'uploads' }) => ({
    messageId: id,
    receiptHandle: `receipt of ${id}`,
    body,
    attributes: { ApproximateReceiveCount: String(received), SentTimestamp: '1764000000000' },
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queue}`,
  }))
  const answer = (await to.invoke({ Records })) as {
    readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
  }
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
}

/** Returns the functions' secrets that appear in the log. Throws when a line is not JSON. */
export function secretsIn({ ckan, variables }: Scene, { log }: RunningFunction): readonly string[] {
  for (const line of log) JSON.parse(line)
  const secrets = [variables['AWS_SECRET_ACCESS_KEY'] ?? '', ckan.tokens.admin, ckan.tokens.editor, 'X-Amz-Signature']
  return secrets.filter((secret) => log.join().includes(secret))
}
