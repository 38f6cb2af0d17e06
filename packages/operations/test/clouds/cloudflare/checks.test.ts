import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { describe, expect, it } from 'vitest'
import { cloudflareChecks } from '../../../src/clouds/cloudflare/checks.ts'
import type { CloudflareDeployment } from '../../../src/clouds/cloudflare/deployment.ts'
import { runChecks } from '../../../src/doctor/check.ts'

const settings = readFrom(
  { CKAN_URL: 'https://data.example.org', GATEWAY_URL: 'https://uploads.example.org', BUCKET_NAME: 'files' },
  readSettings,
)
const deployment: CloudflareDeployment = {
  settings,
  accountId: '0123456789abcdef0123456789abcdef',
  queue: 'uploads',
  deadLetterQueue: 'uploads-dead-letters',
  lostEventsQueue: 'uploads-webhooks-dead',
  linker: 'ckan-uplink-production-linker',
  maxRetries: 100,
}

/**
 * The answers about a deployment, in the shapes of https://developers.cloudflare.com/api/resources/queues/ and …/r2/
 */
const WHOLE = {
  '/queues': [
    { queue_id: '1', queue_name: 'uploads', settings: { delivery_delay: 0, message_retention_period: 1_209_600 } },
    {
      queue_id: '2',
      queue_name: 'uploads-dead-letters',
      settings: { delivery_delay: 0, message_retention_period: 1_209_600 },
    },
  ],
  '/queues/1/consumers': [
    {
      type: 'worker',
      script_name: 'ckan-uplink-production-linker',
      dead_letter_queue: 'uploads-dead-letters',
      settings: { batch_size: 100, max_retries: 100 },
    },
  ],
  '/queues/2/consumers': [{ type: 'http_pull', settings: { max_retries: 100 } }],
  '/r2/buckets/files/lifecycle': {
    rules: [
      { id: 'parts', enabled: true, conditions: { prefix: '' }, abortMultipartUploadsTransition: {} },
      { id: 'off', enabled: false, conditions: { prefix: '' }, deleteObjectsTransition: {} },
    ],
  },
  '/event_notifications/r2/files/configuration': {
    bucketName: 'files',
    queues: [
      {
        queueId: '1',
        queueName: 'uploads',
        rules: ['resources/api_uploads/', 'images/'].map((prefix) => ({
          prefix,
          actions: ['PutObject', 'CopyObject', 'CompleteMultipartUpload'],
        })),
      },
    ],
  },
}

type Answers = Readonly<Record<string, unknown>>

/** The faults and hints by the name of the check. */
async function look(
  answers: Answers,
  whole: Answers = WHOLE,
  subject = deployment,
): Promise<Readonly<Record<string, string>>> {
  const all = { ...whole, ...answers }
  const api = {
    accounts: async () => [],
    zones: async () => [],
    get: async <T>(path: string) =>
      path in all ? (all[path] as T) : Promise.reject(new Error(`Cloudflare refuses ${path}: 403`)),
  }
  const found: Record<string, string> = {}
  for await (const report of runChecks(cloudflareChecks(subject, api)))
    if (report.state !== 'right' && report.check !== 'account') found[report.check] = report.found
  return found
}

function consumer(changes: object): Answers {
  return { '/queues/1/consumers': [{ ...WHOLE['/queues/1/consumers'][0], ...changes }] }
}

function rules(...given: readonly object[]): Answers {
  return { '/event_notifications/r2/files/configuration': { queues: [{ queueName: 'uploads', rules: given }] } }
}

describe('the doctor on Cloudflare', () => {
  it('accepts a deployment', async () => {
    expect(await look({})).toEqual({})
  })

  it('finds events that a receiver did not take', async () => {
    const subject = { ...deployment, settings: { ...settings, webhookUrls: ['https://hooks.example.org/'] } }
    const queues = [...WHOLE['/queues'], { queue_id: '3', queue_name: 'uploads-webhooks-dead' }]
    const found = (backlog_count: number) =>
      look({ '/queues': queues, '/queues/3/metrics': { backlog_count, backlog_bytes: 0 } }, WHOLE, subject)
    expect(await found(0)).toEqual({})
    expect(await found(2)).toEqual({ 'lost events': expect.stringContaining('about 2 events') })
    expect(await look({}, WHOLE, subject)).toEqual({ 'lost events': 'There is no queue uploads-webhooks-dead.' })
  })

  it('accepts rules that report more events than needed', async () => {
    expect(
      await look(rules({ actions: ['PutObject', 'CopyObject', 'CompleteMultipartUpload', 'DeleteObject'] })),
    ).toEqual({})
  })

  const all = ['PutObject', 'CopyObject', 'CompleteMultipartUpload']
  it.each([
    [
      'no rules',
      { '/event_notifications/r2/files/configuration': {} },
      { notifications: /resources\/api_uploads\/ and images\// },
    ],
    [
      'a rule without parts',
      rules({ actions: ['PutObject'] }),
      { notifications: /resources\/api_uploads\/ and images\// },
    ],
    ['a rule for one ending', rules({ actions: all, suffix: '.csv' }), { notifications: /resources\/api_uploads\// }],
    ['no rule for images', rules({ actions: all, prefix: 'resources/' }), { notifications: /below images\// }],
    ['another Worker', consumer({ script_name: 'old-worker' }), { linker: /does not consume/ }],
    ['no dead-letter queue', consumer({ dead_letter_queue: '' }), { linker: /go to no queue/ }],
    [
      'other retries than the linker assumes',
      consumer({ settings: { max_retries: 3 } }),
      { linker: /retries 3 times, but the linker's MAX_RETRIES is 100/ },
    ],
    [
      'a queue with a short retention',
      { '/queues': [{ ...WHOLE['/queues'][0], settings: { message_retention_period: 86_400 } }, WHOLE['/queues'][1]] },
      { queue: /24 h/ },
    ],
    [
      'a paused queue',
      { '/queues': [{ ...WHOLE['/queues'][0], settings: { delivery_paused: true } }, WHOLE['/queues'][1]] },
      { queue: /paused/ },
    ],
    [
      'no dead-letter queue at all',
      { '/queues': [WHOLE['/queues'][0]] },
      { 'dead-letter queue': /no queue uploads-dead-letters/ },
    ],
    [
      'a rule that deletes records',
      {
        '/r2/buckets/files/lifecycle': {
          rules: [
            { id: 'old', enabled: true, conditions: { prefix: 'uplink/uploads/0' }, deleteObjectsTransition: {} },
          ],
        },
      },
      { records: /rule old deletes upload records/ },
    ],
    [
      'dead letters that no operator can pull',
      { '/queues/2/consumers': [] },
      { 'dead-letter queue': /no HTTP pull consumer/ },
    ],
  ])('reports %s', async (_what, answers, expected) => {
    const found = await look(answers)
    expect(Object.keys(found)).toEqual(Object.keys(expected))
    for (const [check, words] of Object.entries(expected)) expect(found[check]).toMatch(words)
  })

  it('continues after a refusal of Cloudflare', async () => {
    const { '/event_notifications/r2/files/configuration': _, ...rest } = WHOLE
    expect(await look(rest, {})).toEqual({ notifications: expect.stringContaining('Cloudflare refuses') })
  })
})
