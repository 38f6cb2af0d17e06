import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { actionPaths } from './openapi/actions.ts'
import { schemas } from './openapi/components.ts'
import { errorResponses } from './openapi/errors.ts'
import { filePaths } from './openapi/files.ts'
import { servicePaths } from './openapi/service.ts'
import type { Json } from './openapi/words.ts'

/** The document for people; the gateway serves the same without examples, compressed. A test holds both to the schemas. */
export const DOCUMENT = new URL('../docs/openapi.json', import.meta.url)
const COMPRESSED = new URL('../packages/gateway/src/openapi-gzip.ts', import.meta.url)

/** The OpenAPI 3.1 description of the gateway, made of the schemas that validate its requests. */
export function describeGateway(): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'ckan-uplink',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        "Direct-to-cloud uploads for CKAN. Ask for a pre-signed URL, put the file there, and the CKAN resource updates itself. Tokens, envelopes and errors are those of CKAN's Action API; every path below /api/3/action/ is there below /api/action/, too.",
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    security: [{ token: [] }],
    paths: { ...servicePaths(), ...actionPaths(), ...filePaths() },
    components: {
      securitySchemes: {
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'An API token of CKAN, with or without `Bearer`. X-CKAN-API-Key is read, too.',
        },
      },
      responses: errorResponses(),
      schemas: schemas(),
    },
  }
}

/** What the gateway serves: examples are for people, who have the document itself, and every byte counts in a Worker. */
export function withoutExamples<T>(node: T): T {
  return JSON.parse(JSON.stringify(node, (key, value) => (key === 'example' ? undefined : value)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const document = describeGateway()
  await writeFile(DOCUMENT, `${JSON.stringify(document, undefined, 2)}\n`)
  const base64 = gzipSync(JSON.stringify(withoutExamples(document)), { level: 9 }).toString('base64')
  await writeFile(
    COMPRESSED,
    `/** The API description, compressed: a third of its size in the bundle. Made by scripts/openapi.ts. */
export const OPENAPI_GZIP =
  '${base64}'
`,
  )
}
