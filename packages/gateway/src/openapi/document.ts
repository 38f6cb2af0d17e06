import { actionPaths } from './actions.ts'
import { createComponents } from './components.ts'
import { errorResponses } from './errors.ts'
import { filePaths } from './files.ts'
import { filestorePaths } from './filestore.ts'
import { servicePaths } from './service.ts'
import type { Json } from './words.ts'

/** The OpenAPI 3.1 document of the gateway, generated from the schemas that validate its requests. */
export function describeGateway(): Json {
  const components = createComponents()
  return {
    openapi: '3.1.1',
    info: {
      title: 'ckan-uplink',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        "Direct-to-cloud uploads for CKAN. Ask for a pre-signed URL and put the file there. The CKAN resource then updates itself. Tokens, envelopes and errors are those of CKAN's Action API. Every path below /api/3/action/ also works below /api/action/.",
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    security: [{ token: [] }],
    paths: { ...servicePaths(), ...actionPaths(components), ...filePaths(), ...filestorePaths() },
    components: {
      securitySchemes: {
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'An API token of CKAN, with or without `Bearer`. The header X-CKAN-API-Key also works.',
        },
      },
      responses: errorResponses(),
      schemas: components.schemas(),
    },
  }
}

/** The document without its examples, as the gateway serves it. */
export function withoutExamples(document: Json): Json {
  return JSON.parse(JSON.stringify(document, (key, value) => (key === 'example' ? undefined : value)))
}
