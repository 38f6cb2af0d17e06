import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { createS3Client } from '../src/index.ts'

export interface ScriptedAnswer {
  /** 0 closes the connection. */
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Whether to close the connection after the body. */
  readonly breaksOff?: boolean
}

export interface ScriptedS3 {
  /** The answers to the next requests; the last one repeats. */
  script: readonly ScriptedAnswer[]
  /** Method and path of each request so far. */
  readonly requests: string[]
  readonly options: { readonly client: ReturnType<typeof createS3Client>; readonly bucket: string }
  close(): Promise<void>
}

/** An S3 with scripted answers, for faults that no real server has on demand. */
export async function startScriptedS3(): Promise<ScriptedS3> {
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    await text(request)
    requests.push(`${request.method} ${request.url}`)
    const [answer, ...rest] = scripted.script
    if (rest.length > 0) scripted.script = rest
    if (answer === undefined || answer.status === 0) return void response.destroy()
    response.writeHead(answer.status, { 'Content-Type': 'application/xml', ...answer.headers })
    if (answer.breaksOff) response.write(answer.body, () => response.destroy())
    else response.end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const scripted: ScriptedS3 = {
    script: [],
    requests,
    options: {
      client: createS3Client({
        endpoint,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      }),
      bucket: 'open-data',
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return scripted
}

/** An error in S3's format. */
export function s3Error(status: number, code: string): ScriptedAnswer {
  return { status, body: `<Error><Code>${code}</Code><Message>The message of ${code}</Message></Error>` }
}
