import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

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
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const log: string[] = []
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface(stream).on('line', (line) => log.push(line))
  return {
    url: `http://127.0.0.1:${await portOf(child, log)}`,
    log,
    async close() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    },
  }
}

function portOf(child: ChildProcess, log: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)))
    child.once('close', () => reject(new Error(`The function app did not start:\n${log.join('\n')}`)))
  })
}
