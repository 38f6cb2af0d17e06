import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Files, writeFiles } from '@ckan-uplink/static-files'
import { functionsNode } from '@ckan-uplink/testing'
import { packageFunction } from '../../../../infra/aws/bundle-function.ts'

type Kind = 'linker' | 'gateway' | 'reconcile'

export interface RunningFunction {
  /** The version of its Node. */
  readonly node: string
  /** Resolves with the handler's answer as JSON; rejects with its error. */
  invoke(event?: unknown): Promise<unknown>
  /** The lines of the function's log. */
  readonly log: readonly string[]
  close(): Promise<void>
}

/** Sends its output by messages too, so that a line of the log arrives before the answer that it precedes. */
const RUNTIME = `
  process.stdout.write = (text) => process.send({ log: String(text) })
  const { handler } = await import('./index.mjs')
  process.on('message', async (event) => {
    try {
      process.send({ answer: JSON.stringify(await handler(JSON.parse(event))) ?? 'null' })
    } catch (error) {
      process.send({ error: String(error) })
    }
  })
  process.send({ node: process.version })
`

const bundles = new Map<Kind, Promise<Files>>()

function bundleOf(kind: Kind): Promise<Files> {
  const bundle = bundles.get(kind) ?? packageFunction(kind)
  bundles.set(kind, bundle)
  return bundle
}

/** Runs the deployed bundle of a function with only these variables, one event after another, like Lambda. */
export async function startFunction(
  kind: Kind,
  variables: Readonly<Record<string, string>>,
  staticFiles: Files = {},
): Promise<RunningFunction> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-'))
  await writeFiles(folder, { ...(await bundleOf(kind)), 'runtime.mjs': RUNTIME })
  await writeFiles(join(folder, 'static'), staticFiles)
  const child = fork(join(folder, 'runtime.mjs'), {
    env: { ...variables },
    execPath: functionsNode(),
    execArgv: [],
  })
  const log: string[] = []
  child.on('message', ({ log: text = '' }: Message) => log.push(...text.split('\n').filter((line) => line !== '')))
  const { node = '' } = await nextMessage(child, 'node')
  return {
    node,
    log,
    async invoke(event = {}) {
      const answered = nextMessage(child, 'answer', 'error')
      child.send(JSON.stringify(event))
      const { answer = '', error } = await answered
      if (error !== undefined) throw new Error(error)
      return JSON.parse(answer)
    },
    async close() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What the runtime sends: its version, a piece of the log, or how an event ended. */
type Message = { readonly [Field in 'node' | 'log' | 'answer' | 'error']?: string }

/** The next message with one of these fields. Rejects when the process ends first. */
function nextMessage(child: ChildProcess, ...fields: readonly (keyof Message)[]): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('The function ended by itself: see its output.'))
    const onMessage = (message: Message) => {
      if (!fields.some((field) => field in message)) return
      child.off('message', onMessage).off('exit', onExit)
      resolve(message)
    }
    child.on('message', onMessage).once('exit', onExit)
  })
}
