import { createDeadLetters, createS3Client, createSqsClient, createStore, decode, findQueueUrl } from '@ckan-uplink/aws'
import { awsNames } from '../../../../infra/aws/names.ts'
import { ACCOUNT, REGION } from '../../../../scripts/aws/ministack/ministack.ts'
import type { Answer, CkanAccess } from '../../../support/ckan-calls.ts'
import type { Ticket } from '../../support/gateway-calls.ts'
import { replayDeadLetters } from '../../support/replay-dead-letters.ts'
import type { Keys } from './aws-calls.ts'
import { type AwsRoad, BUCKET } from './aws-road.ts'
import { NAME } from './cdk.ts'

const { functions } = awsNames(NAME)
/** The credentials of MiniStack: https://github.com/ministackorg/ministack */
const ROOT: Keys = { AccessKeyId: ACCOUNT, SecretAccessKey: 'test' }
/** https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html */
const SCAN_RESULT = 'GuardDuty Malware Protection Object Scan Result'
const logGroupName = `/aws/lambda/${functions.linker}`

/** Calls of an operator, and of tests that cannot wait for 45 minutes. */
export interface Operator {
  /** Shortens the linker's timeout, the visibility timeout and the number of deliveries before a dead letter. */
  hurry(times: {
    readonly functionSeconds: number
    readonly visibilitySeconds: number
    readonly maxReceives: number
  }): Promise<void>
  /** Sets the number of deliveries after which the linker parks a message. */
  giveUpAfter(receives: number): Promise<void>
  /** Has all functions send events to a receiver on this machine, which no environment may name. */
  sendEventsTo(url: string): Promise<void>
  /** Lets GuardDuty's results decide. MiniStack knows no plan of GuardDuty, so the events have a rule of this test. */
  requireScans(): Promise<void>
  /** Does what GuardDuty does after a scan: it tags this version of the object, and sends an event. */
  scanned(ticket: Ticket, status: string): Promise<void>
  /** Runs the task of the hour now. */
  tryToken(): Promise<void>
  /** Keeps all messages in the queue until `resume`. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Empties the queues and resumes the linker. */
  clear(): Promise<void>
  /** Sends S3's notification about an object to the queue, or to another queue. */
  announce(ticket: Ticket, queueUrl?: string): Promise<void>
  /** The number of messages in a queue, including messages in flight. */
  depth(queueUrl: string): Promise<number>
  /** Parks every dead letter and replays all parked messages, as the root or with these keys. */
  replay(ckan: CkanAccess, keys?: Keys): ReturnType<typeof replayDeadLetters>
  /** Runs the nightly reconciliation now. */
  reconcile(): Promise<void>
  /** The lines of the linker's log with this word. */
  lines(word: string): Promise<readonly Answer[]>
  /** The outcomes of this upload in the linker's log. */
  outcomes(ticket: Ticket): Promise<readonly Answer[]>
  /** The keys in the bucket below a prefix. */
  objects(prefix: string): Promise<readonly string[]>
  /** The content of an object. */
  read(key: string): Promise<string>
}

export function createOperator({ aws, emulator, outputs, queueUrl, deadLetterQueueUrl }: AwsRoad): Operator {
  const mapping = async (Enabled: boolean) => {
    const { EventSourceMappings } = await aws('lambda', 'list_event_source_mappings', {
      FunctionName: functions.linker,
    })
    const { UUID } = EventSourceMappings.find(({ EventSourceArn }: Answer) =>
      EventSourceArn.endsWith(`:${outputs.queue}`),
    )
    await aws('lambda', 'update_event_source_mapping', { UUID, Enabled })
  }
  const setVariable = async (FunctionName: string, name: string, value: string) => {
    const { Environment } = await aws('lambda', 'get_function_configuration', { FunctionName })
    const Variables = { ...Environment.Variables, [name]: value }
    await aws('lambda', 'update_function_configuration', { FunctionName, Environment: { Variables } })
  }
  const reconcile = async (payload: object) => {
    const Payload = JSON.stringify(payload)
    const { FunctionError } = await aws('lambda', 'invoke', { FunctionName: functions.reconcile, Payload })
    if (FunctionError !== undefined) throw new Error(`The reconciliation failed: ${FunctionError}.`)
  }

  const lines = async (word: string): Promise<readonly Answer[]> => {
    const { events } = await aws('logs', 'filter_log_events', { logGroupName, filterPattern: `"${word}"` })
    return events.map(({ message }: Answer) => JSON.parse(message))
  }

  return {
    async hurry({ functionSeconds, visibilitySeconds, maxReceives }) {
      await aws('lambda', 'update_function_configuration', { FunctionName: functions.linker, Timeout: functionSeconds })
      const { Attributes } = await aws('sqs', 'get_queue_attributes', {
        QueueUrl: queueUrl,
        AttributeNames: ['RedrivePolicy'],
      })
      const RedrivePolicy = JSON.stringify({ ...JSON.parse(Attributes.RedrivePolicy), maxReceiveCount: maxReceives })
      await aws('sqs', 'set_queue_attributes', {
        QueueUrl: queueUrl,
        Attributes: { RedrivePolicy, VisibilityTimeout: String(visibilitySeconds) },
      })
    },

    giveUpAfter: (receives) => setVariable(functions.linker, 'MAX_RECEIVES', String(receives)),

    async sendEventsTo(url) {
      for (const name of Object.values(functions)) await setVariable(name, 'WEBHOOK_URLS', url)
    },

    pause: () => mapping(false),
    resume: () => mapping(true),

    async clear() {
      await Promise.all([queueUrl, deadLetterQueueUrl].map((QueueUrl) => aws('sqs', 'purge_queue', { QueueUrl })))
      await mapping(true)
    },

    async announce({ key }, QueueUrl = queueUrl) {
      const object = { key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'), size: 1, eTag: '0' }
      const record = {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventTime: new Date().toISOString(),
        eventName: 'ObjectCreated:Put',
      }
      const MessageBody = JSON.stringify({ Records: [{ ...record, s3: { bucket: { name: BUCKET }, object } }] })
      await aws('sqs', 'send_message', { QueueUrl, MessageBody })
    },

    async depth(QueueUrl) {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']
      const { Attributes } = await aws('sqs', 'get_queue_attributes', { QueueUrl, AttributeNames })
      return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0)
    },

    async replay(ckan, { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = ROOT) {
      const options = { endpoint: emulator.url, region: REGION, credentials: { accessKeyId, secretAccessKey } }
      const sqs = createSqsClient(options)
      const deadLetters = createDeadLetters({ client: sqs, queueUrl: await findQueueUrl(sqs, outputs.deadLetterQueue) })
      const store = createStore({ client: createS3Client(options), bucket: BUCKET })
      return replayDeadLetters({ ckan, gatewayUrl: outputs.gatewayUrl, bucket: BUCKET, store, deadLetters, decode })
    },

    async requireScans() {
      const VersioningConfiguration = { Status: 'Enabled' }
      await aws('s3', 'put_bucket_versioning', { Bucket: BUCKET, VersioningConfiguration })
      for (const name of Object.values(functions)) await setVariable(name, 'SCANNER', 'platform')
      const EventPattern = JSON.stringify({ 'detail-type': [SCAN_RESULT] })
      await aws('events', 'put_rule', { Name: 'scans', EventPattern, State: 'ENABLED' })
      const Arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${outputs.queue}`
      await aws('events', 'put_targets', { Rule: 'scans', Targets: [{ Id: 'queue', Arn }] })
    },

    async scanned({ key: Key }, status) {
      const { VersionId, ETag } = await aws('s3', 'head_object', { Bucket: BUCKET, Key })
      const TagSet = [{ Key: 'GuardDutyMalwareScanStatus', Value: status }]
      await aws('s3', 'put_object_tagging', { Bucket: BUCKET, Key, VersionId, Tagging: { TagSet } })
      const detail = {
        schemaVersion: '1.0',
        scanStatus: 'COMPLETED',
        resourceType: 'S3_OBJECT',
        s3ObjectDetails: { bucketName: BUCKET, objectKey: Key, eTag: JSON.parse(ETag), versionId: VersionId },
        scanResultDetails: { scanResultStatus: status, threats: null },
      }
      // Only AWS itself sends events with the source aws.guardduty.
      const event = { Source: 'guardduty.example.org', DetailType: SCAN_RESULT, Detail: JSON.stringify(detail) }
      const { FailedEntryCount } = await aws('events', 'put_events', { Entries: [event] })
      if (FailedEntryCount > 0) throw new Error('EventBridge refused the event of a scan.')
    },

    reconcile: () => reconcile({}),
    tryToken: () => reconcile({ task: 'try-token' }),

    lines,
    outcomes: async ({ key }) => (await lines('outcome')).filter((line) => line.key === key),

    async objects(Prefix) {
      const { Contents = [] } = await aws('s3', 'list_objects_v2', { Bucket: BUCKET, Prefix })
      return Contents.map(({ Key }: Answer) => Key)
    },

    async read(Key) {
      return (await aws('s3', 'get_object', { Bucket: BUCKET, Key })).Body
    },
  }
}
