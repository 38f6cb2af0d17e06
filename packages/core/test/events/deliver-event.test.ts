import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { createDeliverer } from '../../src/index.ts'

const URL_ = 'https://hooks.example.org/secret-path'
const SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD']
const EVENT = { specversion: '1.0', id: 'e1', type: 'ckan-uplink.upload.linked', data: { name: 'Zürich.csv' } }
const BODY = JSON.stringify({ url: URL_, event: EVENT })

/** A receiver that answers with this status, or that cannot be reached. */
function createReceiver(answer: number | Error) {
  const requests: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }[] = []
  const lines: string[] = []
  const deliver = createDeliverer({
    settings: { webhookUrls: [URL_] },
    secrets: async () => SECRETS,
    async post(url, request) {
      requests.push({ url, ...request })
      if (answer instanceof Error) throw answer
      return answer
    },
    clock: { now: () => new Date() },
    logger: { log: (level, event, fields) => void lines.push(`${level} ${event} ${JSON.stringify(fields)}`) },
  })
  return { deliver, requests, lines }
}

describe('the delivery of an event', () => {
  it('is a CloudEvent that each secret has signed by Standard Webhooks', async () => {
    const { deliver, requests } = createReceiver(204)
    expect(await deliver(BODY, 1)).toBeUndefined()
    const [{ url, headers, body } = { url: '', headers: {}, body: '' }] = requests
    expect([url, headers['content-type'], headers['webhook-id']]).toEqual([
      URL_,
      'application/cloudevents+json; charset=utf-8',
      'e1',
    ])
    for (const secret of SECRETS) expect(new Webhook(secret).verify(body, headers)).toEqual(EVENT)
    expect(() => new Webhook(SECRETS[0] ?? '').verify(body.replace('e1', 'e2'), headers)).toThrow('signature')
  })

  it.each([200, 202, 299, 410])('is over when the receiver answers %i', async (status) => {
    expect(await createReceiver(status).deliver(BODY, 1)).toBeUndefined()
  })

  it.each([302, 400, 404, 429, 500, new Error('unreachable')])('is tried again after %s', async (answer) => {
    const { deliver, lines } = createReceiver(answer)
    const first = (await deliver(BODY, 1)) ?? 0
    expect(first).toBeGreaterThanOrEqual(7)
    expect(first).toBeLessThanOrEqual(10)
    expect(await deliver(BODY, 50)).toBeLessThanOrEqual(3600)
    expect(await deliver(BODY, 50)).toBeGreaterThanOrEqual(2700)
    expect(lines[0]).toContain('warn event_not_delivered')
  })

  it('logs the host alone, never the path', async () => {
    for (const answer of [200, 500]) {
      const { deliver, lines } = createReceiver(answer)
      await deliver(BODY, 1)
      expect(lines.join()).toContain('hooks.example.org')
      expect(lines.join()).not.toContain('secret-path')
    }
  })

  it.each([['nonsense'], ['{}'], [JSON.stringify({ url: 'https://former.example.org/', event: EVENT })], [null]])(
    'never happens for %j, which no receiver of now should get',
    async (body) => {
      const { deliver, requests } = createReceiver(200)
      expect(await deliver(body, 1)).toBeUndefined()
      expect(requests).toEqual([])
    },
  )
})
