import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openAwsLogs } from '../../../src/clouds/aws/logs.ts'
import { collect } from '../../support/collect.ts'
import { type Answer, type Question, startJsonServer } from '../../support/json-server.ts'

const GROUPS = { gateway: '/aws/lambda/gateway', linker: '/aws/lambda/linker', reconcile: '/aws/lambda/reconcile' }
const PERIOD = { from: new Date('2026-11-27T03:00:00Z'), to: new Date('2026-11-27T04:00:00Z') }

let answer: (question: Question) => Answer
let server: Awaited<ReturnType<typeof startJsonServer>>

beforeEach(async () => {
  server = await startJsonServer((question) => answer(question))
  vi.stubEnv('AWS_ENDPOINT_URL', server.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key-id')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'key-secret')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

const readLinker = () => collect(openAwsLogs('eu-central-1', GROUPS).read('linker', PERIOD))

describe('the logs on AWS', () => {
  it('are read from the group of the function, page by page', async () => {
    const asked: unknown[] = []
    answer = ({ headers, body }) => {
      asked.push([headers['x-amz-target'], body])
      const event = { eventId: `${asked.length}`, timestamp: PERIOD.from.getTime() + asked.length, message: 'a line\n' }
      return { body: { events: [event], ...(asked.length === 1 && { nextToken: 'next' }) } }
    }
    expect(await readLinker()).toEqual([
      { id: '1', at: new Date('2026-11-27T03:00:00.001Z'), text: 'a line' },
      { id: '2', at: new Date('2026-11-27T03:00:00.002Z'), text: 'a line' },
    ])
    const wanted = { logGroupName: GROUPS.linker, startTime: PERIOD.from.getTime(), endTime: PERIOD.to.getTime() - 1 }
    expect(asked).toEqual([
      ['Logs_20140328.FilterLogEvents', wanted],
      ['Logs_20140328.FilterLogEvents', { ...wanted, nextToken: 'next' }],
    ])
  })

  it('say how to sign in where there are no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    for (const file of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(file, '/dev/null')
    await expect(readLinker()).rejects.toThrow(/^There are no AWS credentials .*sign in with aws sso login/u)
  })

  it.each([
    [
      'ResourceNotFoundException',
      'The log group /aws/lambda/linker does not exist in eu-central-1: deploy the environment first.',
    ],
    ['AccessDeniedException', 'Reading needs the right logs:FilterLogEvents'],
  ])('say what to do about %s', async (type, sentence) => {
    answer = () => ({ status: 400, body: { __type: type, message: 'No.' } })
    await expect(readLinker()).rejects.toThrow(sentence)
  })
})
