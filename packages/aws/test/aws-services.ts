import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

interface Visibility {
  readonly receipt: string
  readonly seconds: number
}

export interface AwsServices {
  readonly url: string
  /**
   * The value of every secret that is not in `otherSecrets`. For `undefined`, Secrets Manager refuses the call. For
   * `null`, there is no secret.
   */
  secret: string | undefined | null
  /** Whether SQS refuses all calls. */
  queueFails: boolean
  /** The number of calls to SQS. */
  queueCalls: number
  readonly secretCalls: () => number
  /** The messages that SQS had to delay, in order. */
  readonly visibilities: Visibility[]
  /** The values of other secrets by name. */
  readonly otherSecrets: Map<string, string>
  /** The messages that were put on queues, in order. */
  readonly sent: { readonly queueUrl: string; readonly body: string }[]
  close(): Promise<void>
}

type Answer = readonly [status: number, body: object]

/** Answers the two calls of Secrets Manager and SQS that the functions make, in the JSON of the SDK. */
export async function startAwsServices(): Promise<AwsServices> {
  let secretCalls = 0
  const answers: Readonly<Record<string, (input: Input) => Answer>> = {
    'secretsmanager.GetSecretValue': ({ SecretId = '' }) => {
      const other = services.otherSecrets.get(SecretId)
      if (other !== undefined) return [200, { Name: SecretId, SecretString: other }]
      secretCalls += 1
      if (services.secret === null)
        return [
          400,
          { __type: 'ResourceNotFoundException', Message: "Secrets Manager can't find the specified secret." },
        ]
      if (services.secret !== undefined) return [200, { Name: 'token', SecretString: services.secret }]
      return [
        400,
        {
          __type: 'AccessDeniedException',
          Message: 'User: arn:aws:sts::000000000000:assumed-role/uplink is not authorized',
        },
      ]
    },
    'AmazonSQS.SendMessage': ({ QueueUrl = '', MessageBody = '' }) => {
      services.sent.push({ queueUrl: QueueUrl, body: MessageBody })
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex')
      return [200, { MessageId: String(services.sent.length), MD5OfMessageBody }]
    },
    'AmazonSQS.ChangeMessageVisibilityBatch': ({ Entries = [] }) => {
      services.queueCalls += 1
      if (services.queueFails)
        return [403, { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'Access is denied.' }]
      services.visibilities.push(
        ...Entries.map(({ ReceiptHandle, VisibilityTimeout }) => ({
          receipt: ReceiptHandle,
          seconds: VisibilityTimeout,
        })),
      )
      return [200, { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] }]
    },
  }
  const server = createServer(async (request, response) => {
    const answer = answers[String(request.headers['x-amz-target'])]
    const input = JSON.parse(await text(request))
    const [status, body] = answer?.(input) ?? [404, { __type: 'UnknownOperationException' }]
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const services: AwsServices = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    secret: undefined,
    queueFails: false,
    queueCalls: 0,
    secretCalls: () => secretCalls,
    visibilities: [],
    otherSecrets: new Map(),
    sent: [],
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return services
}

interface Input {
  readonly Entries?: readonly Entry[]
  readonly SecretId?: string
  readonly QueueUrl?: string
  readonly MessageBody?: string
}

interface Entry {
  readonly Id: string
  readonly ReceiptHandle: string
  readonly VisibilityTimeout: number
}
