import { type Json, json, open, ref } from './words.ts'

/** The routes about the gateway itself. */
export function servicePaths(): Json {
  return {
    '/': {
      get: open('landing', 'Names the service', {
        200: text('A line of text.'),
      }),
    },
    '/healthz': {
      get: open('healthz', 'Says that the gateway runs, without calling CKAN or the store', {
        200: json(
          'The gateway runs.',
          {
            type: 'object',
            required: ['status'],
            properties: { status: { const: 'ok' }, version: { type: 'string' } },
          },
          { status: 'ok', version: '0.4.0+1a2b3c4d5e6f' },
        ),
      }),
    },
    '/readyz': {
      get: open('readyz', 'Checks CKAN, the service token and the bucket', {
        200: json('All checks pass.', ref('Readiness'), {
          status: 'ok',
          checks: { ckan: { status: 'ok', detail: 'CKAN 2.11.6' } },
        }),
        503: json('A check fails.', ref('Readiness'), {
          status: 'failing',
          checks: { ckan: { status: 'failing', detail: 'no answer within 5 s' } },
        }),
      }),
    },
    '/readyz/parked': {
      get: open('readyzParked', 'Reminds operators of parked messages, for a health check', {
        200: text(
          "Nothing is parked. Between 3 and 4 o'clock UTC always the answer, so that a check fails again daily.",
        ),
        503: text('Messages are parked.'),
      }),
    },
    '/openapi.json': {
      get: open('openapi', 'Returns this document', { 200: json('OpenAPI 3.1.', { type: 'object' }) }),
    },
  }
}

function text(description: string): Json {
  return { description, content: { 'text/plain': { schema: { type: 'string' } } } }
}
