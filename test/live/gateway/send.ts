import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { FuzzRequest } from './fuzz-requests.ts'

const HANG_MS = 30_000

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Sends a request unchanged, unlike `fetch`. `undefined` means that it broke off. Throws if no answer arrives. */
export function sendRaw(
  base: string,
  { method, path, headers, body, breaksOff }: FuzzRequest,
): Promise<Answer | undefined> {
  const { hostname, port } = new URL(base)
  const length = body === undefined ? {} : { 'Content-Length': String(body.length) }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers: { ...headers, ...length }, agent: false })
    const timer = setTimeout(() => {
      reject(new Error(`${method} ${path} was not answered within ${HANG_MS / 1000} s.`))
      request.destroy()
    }, HANG_MS)
    const finish = (answer?: Answer) => {
      clearTimeout(timer)
      resolve(answer)
    }
    request.on('error', () => finish())
    request.on('response', (response) => readAnswer(response).then(finish, () => finish()))
    if (!breaksOff) request.end(body)
    else {
      request.write(body?.subarray(0, body.length / 2))
      setTimeout(() => request.destroy(), 50)
    }
  })
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }
}

export function describeRequest({ method, path, headers, body }: FuzzRequest): string {
  const { Authorization: _, 'X-CKAN-API-Key': __, ...others } = headers
  return `${method} ${path} ${JSON.stringify(others).slice(0, 300)} ${body?.subarray(0, 300).toString() ?? ''}`
}
