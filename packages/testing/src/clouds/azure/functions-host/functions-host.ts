import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { functionsNode } from '../../../functions-node.ts'

export interface FunctionsHostOptions {
  /** The function app's folder, as it deploys. */
  readonly folder: string
  /** The app's settings, and nothing else. */
  readonly env: Readonly<Record<string, string>>
}

export interface FunctionsHost {
  /**
   * Every HTTP function is below it, and what Azure calls: `/runtime/webhooks/EventGrid?functionName=…`,
   * `/admin/functions/<name>`.
   */
  readonly url: string
  /** The version of its Node. */
  readonly node: string
  /** What the functions wrote to their log and to the console, one line each. */
  readonly log: readonly string[]
  close(): Promise<void>
}

/**
 * A function app in a process of its own, on 127.0.0.1: its real `@azure/functions`, called as the host and its
 * language worker call it. Rejects when the app can't be loaded.
 */
export async function startFunctionsHost({ folder, env }: FunctionsHostOptions): Promise<FunctionsHost> {
  const main = new URL('./functions-worker.ts', import.meta.url)
  const child = fork(main, [folder], {
    env: { ...env },
    execPath: functionsNode(),
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const log: string[] = []
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface(stream).on('line', (line) => log.push(line))
  const { port, node } = await readStart(child, log)
  return {
    url: `http://127.0.0.1:${port}`,
    node,
    log,
    async close() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    },
  }
}

interface Start {
  readonly port: number
  readonly node: string
}

function readStart(child: ChildProcess, log: readonly string[]): Promise<Start> {
  return new Promise((resolve, reject) => {
    child.once('message', (start) => resolve(start as Start))
    child.once('close', () => reject(new Error(`The function app did not start:\n${log.join('\n')}`)))
  })
}
