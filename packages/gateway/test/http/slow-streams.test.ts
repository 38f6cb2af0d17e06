import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EDITOR, startGateway } from '../support/gateway-fixture.ts'

const soon = setImmediate

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Waits for the gateway's question who the caller is: it takes a digest first, which no timer of the test moves. */
async function untilAsked(calls: readonly string[]): Promise<void> {
  for (let turn = 0; turn < 100_000 && !calls.includes('whoami'); turn += 1) await new Promise(soon)
}

/** CKAN, which reads a body to its end, or answers with a stream. */
function ckanThat(answer: (init: RequestInit) => Promise<Response>): typeof fetch {
  return (_, init = {}) =>
    new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
      answer(init).then(resolve, reject)
    })
}

const readsAll = ckanThat(async ({ body }) => {
  await new Response(body ?? null).arrayBuffer()
  return Response.json({ success: true })
})

/** A body whose chunks come so many seconds apart, the last of them never when `end` is false. */
function slowBody(chunks: number, seconds: number, end = true, bytes = 10): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    async pull(controller) {
      if (sent === chunks && !end) await new Promise(() => {})
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
      if (sent === chunks) controller.close()
      else controller.enqueue(new Uint8Array(bytes).fill(0x20))
      sent += 1
    },
  })
}

function post(body: ReadableStream, bytes: number, token?: string) {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(bytes) }
  return { method: 'POST', headers, body, duplex: 'half', ...(token !== undefined && { token }) }
}

describe('a body', () => {
  it.each(['resource_upload', 'resource_create', 'package_show'])(
    'that stands still for 20 s is answered with 408: %s',
    async (action) => {
      const { send, calls } = startGateway({ deps: { fetch: readsAll } })
      const answer = send(`/api/3/action/${action}`, post(slowBody(2, 1, false), 1000, EDITOR))
      if (action !== 'package_show') await untilAsked(calls)
      await vi.advanceTimersByTimeAsync(21_900)
      expect(await Promise.race([answer, 'open'])).toBe('open')
      await vi.advanceTimersByTimeAsync(200)
      expect((await answer).status).toBe(408)
    },
  )

  it('may take longer than CKAN may, as long as it moves', async () => {
    const { send } = startGateway({ deps: { fetch: readsAll } })
    const answer = send('/api/3/action/package_show', post(slowBody(10, 15, true, 16_384), 163_840))
    await vi.advanceTimersByTimeAsync(170_000)
    expect((await answer).status).toBe(200)
  })

  it.each([
    ['that trickles', 'package_show', 10, 40],
    ['that trickles', 'resource_upload', 10, 40],
    ['that takes more than 300 s in all', 'package_show', 50_000, 330],
  ])('%s is answered with 408: %s', async (_, action, bytes, seconds) => {
    const { send, calls, logged } = startGateway({ deps: { fetch: readsAll } })
    const answer = send(`/api/3/action/${action}`, post(slowBody(100, 15, true, bytes), 100 * bytes, EDITOR))
    if (action !== 'package_show') await untilAsked(calls)
    await vi.advanceTimersByTimeAsync(1000 * seconds)
    expect((await answer).status).toBe(408)
    expect(logged).toMatchObject([{ level: 'warn', fields: { status: 408 } }])
  })

  it('is not late when CKAN is slow to take it', async () => {
    const slowCkan = ckanThat(async ({ body }) => {
      const reader = (body as ReadableStream).getReader()
      while (!(await reader.read()).done) await new Promise((resolve) => setTimeout(resolve, 1900))
      return Response.json({ success: true })
    })
    const { send } = startGateway({ deps: { fetch: slowCkan } })
    const answer = send('/api/3/action/package_show', post(slowBody(50, 0), 500))
    await vi.advanceTimersByTimeAsync(100_000)
    expect((await answer).status).toBe(200)
  })

  it("has CKAN's own time limit behind it", async () => {
    const { send } = startGateway({ deps: { fetch: ckanThat(() => new Promise(() => {})) } })
    const answer = send('/api/3/action/package_show', post(slowBody(1, 1), 10))
    await vi.advanceTimersByTimeAsync(2100)
    expect((await answer).status).toBe(502)
  })

  it.each([
    ['from one address', '192.0.2.7', 25, 429, '60'],
    ['in all', undefined, 50, 503, '5'],
  ] as const)('is refused when there are too many at once %s', async (_, address, most, status, retryAfter) => {
    const { send, time } = startGateway({ deps: { fetch: readsAll, addressOf: () => address } })
    const ask = (token = EDITOR) => send('/api/3/action/package_show', post(slowBody(1, 10), 10, token))
    const answers = Array.from({ length: most }, () => ask())
    const refused = await ask()
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([status, retryAfter])
    expect((await send('/api/3/action/package_list')).status).toBe(200)
    await vi.advanceTimersByTimeAsync(21_000)
    for (const answer of answers) expect((await answer).status).toBe(200)
    // A request that the platform cuts short never gives its place back.
    for (let times = 0; times < most; times += 1)
      send('/api/3/action/package_show', post(slowBody(0, 1, false), 10, EDITOR))
    await vi.advanceTimersByTimeAsync(0)
    expect((await ask()).status).toBe(status)
    time.now = new Date(time.now.getTime() + 301_000)
    expect(await Promise.race([ask(), Promise.resolve('admitted')])).toBe('admitted')
  })

  it.each([undefined, 'unknown-token'])('of a stranger leaves half of the places to users: %s', async (token) => {
    const { send } = startGateway({ deps: { fetch: readsAll } })
    const ask = (who = token) => send('/api/3/action/package_show', post(slowBody(1, 10), 10, who))
    const answers = Array.from({ length: 25 }, () => ask())
    await vi.advanceTimersByTimeAsync(0)
    expect((await ask()).status).toBe(503)
    answers.push(ask(EDITOR))
    await vi.advanceTimersByTimeAsync(21_000)
    for (const answer of answers) expect((await answer).status).toBe(200)
  })
})

describe('an answer', () => {
  it('that stands still for 20 s ends with an error', async () => {
    const body = slowBody(2, 1, false)
    const { send } = startGateway({ deps: { fetch: ckanThat(async () => new Response(body)) } })
    const failed = expect((await send('/api/3/action/package_list')).text()).rejects.toThrow(
      'No data arrived for 20 s.',
    )
    await vi.advanceTimersByTimeAsync(23_000)
    await failed
  })

  it('that the client does not take for 20 s is given up, and CKAN is free again', async () => {
    const cancel = vi.fn()
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10)), cancel })
    const { send } = startGateway({ deps: { fetch: ckanThat(async () => new Response(body)) } })
    const reader = (await send('/api/3/action/package_list')).body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    await vi.advanceTimersByTimeAsync(20_100)
    await expect(reader?.read()).rejects.toThrow('The client read no data for 20 s.')
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('may take as long as it moves', async () => {
    const { send } = startGateway({ deps: { fetch: ckanThat(async () => new Response(slowBody(5, 15))) } })
    const text = (await send('/api/3/action/package_list')).text()
    await vi.advanceTimersByTimeAsync(100_000)
    expect((await text).length).toBe(50)
  })
})
