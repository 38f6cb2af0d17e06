import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type Files, writeFiles } from '@ckan-uplink/static-files'
import { packageFunction } from '../../../infra/aws/bundle-function.ts'

type Kind = 'linker' | 'gateway' | 'reconcile'

export interface RunningFunction {
  /** Resolves with the handler's answer as JSON; rejects with its error. */
  invoke(event?: unknown): Promise<unknown>
  /** The lines of the function's log. */
  readonly log: readonly string[]
  close(): Promise<void>
}

const RUNTIME = `
  import { parentPort, workerData } from 'node:worker_threads'
  const { handler } = await import(workerData)
  parentPort.on('message', async (event) => {
    try {
      parentPort.postMessage({ answer: JSON.stringify(await handler(JSON.parse(event))) ?? 'null' })
    } catch (error) {
      parentPort.postMessage({ error: String(error) })
    }
  })
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
  const file = join(folder, 'index.mjs')
  await writeFiles(folder, await bundleOf(kind))
  await writeFiles(join(folder, 'static'), staticFiles)
  const runtime = new URL(`data:text/javascript,${encodeURIComponent(RUNTIME)}`)
  const worker = new Worker(runtime, { env: { ...variables }, stdout: true, workerData: pathToFileURL(file).href })
  const log: string[] = []
  worker.stdout
    .setEncoding('utf8')
    .on('data', (chunk: string) => log.push(...chunk.split('\n').filter((line) => line !== '')))
  return {
    log,
    invoke: (event = {}) =>
      new Promise((resolve, reject) => {
        worker.once('message', ({ answer, error }: { readonly answer: string; readonly error?: string }) =>
          error === undefined ? resolve(JSON.parse(answer)) : reject(new Error(error)),
        )
        worker.postMessage(JSON.stringify(event))
      }),
    async close() {
      await worker.terminate()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
