import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A tab of Debian's Firefox, driven by WebDriver BiDi. Playwright needs commands that this Firefox does not know. */
export interface FirefoxTab {
  goto(url: string): Promise<void>
  /** The value of an expression, as JSON. */
  evaluate(expression: string): Promise<unknown>
  /** Chooses files in the input that the expression gives. */
  chooseFiles(input: string, files: readonly string[]): Promise<void>
  close(): Promise<void>
}

interface Answer {
  readonly id: number | null
  readonly type: 'success' | 'error' | 'event'
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: string
  readonly message?: string
}

export async function openFirefox(): Promise<FirefoxTab> {
  const profile = await mkdtemp(join(tmpdir(), 'ckan-uplink-firefox-'))
  const options = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0']
  const program = spawn('/usr/bin/firefox-esr', options, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(program, 'exit')
  const session = await connect(await addressIn(program.stderr))
  await session.send('session.new', { capabilities: {} })
  const { context } = await session.send('browsingContext.create', { type: 'tab' })
  const evaluate = async (expression: string, awaitPromise = true) => {
    const said = await session.send('script.evaluate', { expression, target: { context }, awaitPromise })
    if (said['type'] === 'exception') throw new Error(`Firefox: ${JSON.stringify(said['exceptionDetails'])}`)
    return said['result'] as { readonly sharedId?: string; readonly value?: string }
  }
  return {
    async goto(url) {
      await session.send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async evaluate(expression) {
      const { value } = await evaluate(
        `Promise.resolve(${expression}).then((value) => JSON.stringify(value) ?? 'null')`,
      )
      return JSON.parse(value ?? 'null')
    },
    async chooseFiles(input, files) {
      const { sharedId } = await evaluate(input)
      await session.send('input.setFiles', { context, element: { sharedId }, files })
    },
    async close() {
      session.close()
      program.kill()
      await ended
      await rm(profile, { recursive: true, force: true })
    },
  }
}

/** Firefox prints the address when it is ready. */
async function addressIn(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [, address] = /WebDriver BiDi listening on (ws:\S+)/u.exec(line) ?? []
    if (address !== undefined) {
      output.resume()
      return `${address}/session`
    }
  }
  throw new Error('Firefox ended before it was ready.')
}

async function connect(address: string) {
  const socket = new WebSocket(address)
  const waiting = new Map<number, PromiseWithResolvers<Readonly<Record<string, unknown>>>>()
  socket.addEventListener('message', ({ data }) => {
    const { id, type, result = {}, error, message }: Answer = JSON.parse(String(data))
    const call = waiting.get(id ?? 0)
    waiting.delete(id ?? 0)
    if (type === 'success') call?.resolve(result)
    else call?.reject(new Error(`Firefox: ${error}: ${message}`))
  })
  await once(socket, 'open')
  let last = 0
  return {
    send(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
      last += 1
      const call = Promise.withResolvers<Readonly<Record<string, unknown>>>()
      waiting.set(last, call)
      socket.send(JSON.stringify({ id: last, method, params }))
      return call.promise
    },
    close: () => socket.close(),
  }
}
