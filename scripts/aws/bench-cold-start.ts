import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFunction } from '../../infra/aws/bundle-function.ts'

const HELP = `Measures how long the functions of AWS take to start, with AWS's own runtime client for Node before a stand-in of
the Runtime API. The first time it builds that client, which takes a C++ compiler, make, cmake, autoconf, automake and libtool.

  npm run bench:lambda`

const CLIENT = 'aws-lambda-ric@4.0.2'
const ROUNDS = 15
const folder = fileURLToPath(new URL('../../.local/lambda-ric/', import.meta.url))

const VARIABLES = {
  CKAN_URL: 'http://127.0.0.1:9',
  GATEWAY_URL: 'https://uploads.example.org',
  BUCKET_NAME: 'open-data',
  CKAN_TOKEN_SECRET: 'ckan-token',
  QUEUE_URL: 'http://127.0.0.1:9/queue',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'key-id',
  AWS_SECRET_ACCESS_KEY: 'key-secret',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_FUNCTION_VERSION: '1',
  AWS_LAMBDA_LOG_GROUP_NAME: 'bench',
  AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
}

/**
 * Events that each function can answer without a cloud: the gateway's health check, and an empty batch for the linker.
 */
const EVENTS = {
  gateway: {
    version: '2.0',
    rawPath: '/healthz',
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method: 'GET' } },
    isBase64Encoded: false,
  },
  linker: { Records: [] },
} as const

interface Start {
  /** Milliseconds from the start of the process to its first request for an event. */
  readonly ready: number
  /** Milliseconds from the first event to its answer. */
  readonly first: number
}

if (process.argv.includes('--help')) console.log(HELP)
else await bench()

async function bench(): Promise<void> {
  await installClient()
  const rows: Record<string, object> = {}
  for (const name of ['gateway', 'linker'] as const) {
    const event = EVENTS[name]
    const { 'index.mjs': script = '' } = await packageFunction(name)
    const starts: Start[] = []
    for (let round = 0; round < ROUNDS; round += 1) starts.push(await start(script, event))
    const [ready, first] = [starts.map((one) => one.ready), starts.map((one) => one.first)]
    rows[name] = {
      bytes: Buffer.byteLength(script),
      'ready, ms': median(ready),
      'at least': Math.round(Math.min(...ready)),
      'first answer, ms': median(first),
    }
  }
  console.table(rows)
}

async function installClient(): Promise<void> {
  if (existsSync(`${folder}node_modules/aws-lambda-ric/rapid-client.node`)) return
  console.log(`Building ${CLIENT} …`)
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}package.json`, JSON.stringify({ private: true, allowScripts: { 'aws-lambda-ric': true } }))
  const npm = spawn('npm', ['install', '--no-save', CLIENT], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(npm, 'close')
  if (code !== 0) throw new Error(`${CLIENT} could not be built: npm ended with ${code}.`)
}

/** Starts a function in a new process, sends it one event, and stops it. */
async function start(script: string, event: object): Promise<Start> {
  const task = await mkdtemp(join(tmpdir(), 'ckan-uplink-lambda-'))
  await writeFile(join(task, 'index.mjs'), script)
  const api = await startRuntimeApi(event)
  const began = performance.now()
  const env = {
    ...VARIABLES,
    PATH: process.env['PATH'],
    AWS_LAMBDA_RUNTIME_API: api.host,
    LAMBDA_TASK_ROOT: task,
    _HANDLER: 'index.handler',
  }
  const child = spawn(process.execPath, [`${folder}node_modules/aws-lambda-ric/index.mjs`, 'index.handler'], {
    cwd: task,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    const { asked, answered } = await Promise.race([
      api.served,
      once(child, 'exit').then(() => Promise.reject(new Error('The function ended by itself.'))),
    ])
    return { ready: asked - began, first: answered - asked }
  } finally {
    child.kill('SIGKILL')
    api.close()
    await rm(task, { recursive: true })
  }
}

/** Serves https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html for one event. */
async function startRuntimeApi(event: object) {
  const served = Promise.withResolvers<{ readonly asked: number; readonly answered: number }>()
  let asked = 0
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.endsWith('/invocation/next')) {
      if (asked > 0) return
      asked = performance.now()
      response.writeHead(200, {
        'Lambda-Runtime-Aws-Request-Id': 'one',
        'Lambda-Runtime-Deadline-Ms': String(Date.now() + 30_000),
        'Content-Type': 'application/json',
      })
      response.end(JSON.stringify(event))
      return
    }
    if (request.url?.endsWith('/response')) served.resolve({ asked, answered: performance.now() })
    else served.reject(new Error(`The function failed: ${request.url}`))
    response.writeHead(202).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, served: served.promise, close }
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)
}
