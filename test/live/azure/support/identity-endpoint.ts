import { createServer } from 'node:http'
import { identityToken } from './storage.ts'

/** Gives a function app the tokens of its identity. */
export interface IdentityEndpoint {
  /** The variables by which an app finds the endpoint. */
  readonly env: Readonly<Record<string, string>>
  close(): void
}

const SECRET = 'identity-header'

/**
 * Stands in for Azure's endpoint:
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export async function startIdentityEndpoint(clientId: string): Promise<IdentityEndpoint> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://identity')
    const isKnown = request.headers['x-identity-header'] === SECRET && searchParams.get('client_id') === clientId
    if (!isKnown) return void response.writeHead(400).end()
    const token = {
      access_token: identityToken(),
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      token_type: 'Bearer',
    }
    response
      .setHeader('Content-Type', 'application/json')
      .end(JSON.stringify({ ...token, resource: searchParams.get('resource'), client_id: clientId }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    env: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/msi/token`,
      IDENTITY_HEADER: SECRET,
      AZURE_CLIENT_ID: clientId,
    },
    close: () => void server.close(),
  }
}
