import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** The stores of secrets of the clouds, as far as `npm run secret` uses them. */
export interface SecretsStandIn {
  /** The variables that lead the clouds' SDKs to it. */
  readonly env: Readonly<Record<string, string>>
  /** Each secret that was stored, as `<name>=<value>`. */
  readonly stored: readonly string[]
  close(): Promise<void>
}

type Answer = readonly [status: number, body: object]

export async function startSecretsStandIn(): Promise<SecretsStandIn> {
  const stored: string[] = []
  const known = new Set<string>()
  const store = (name: string, value: string): Answer => {
    stored.push(`${name}=${value}`)
    known.add(name)
    return [200, {}]
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const body = JSON.parse((await text(request)) || '{}')
    const [, inVault] = /^\/secrets\/([^?]+)/u.exec(request.url ?? '') ?? []
    if (inVault !== undefined) return store(inVault, body.value)
    if (request.headers['x-amz-target'] === 'secretsmanager.CreateSecret') return store(body.Name, body.SecretString)
    if (!known.has(body.SecretId)) return [400, { __type: 'ResourceNotFoundException' }]
    return store(body.SecretId, body.SecretString)
  }

  const server = createServer(async (request, response) => {
    const [status, body] = await answer(request)
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    env: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      KEY_VAULT_URL: url,
    },
    stored,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
