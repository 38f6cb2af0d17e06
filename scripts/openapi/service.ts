import { type Json, json, open, ref } from './words.ts'

export function servicePaths(): Json {
  return {
    '/': {
      get: open('landing', 'What this is', {
        200: { description: 'A line of text.', content: { 'text/plain': { schema: { type: 'string' } } } },
      }),
    },
    '/healthz': {
      get: open('healthz', 'Whether the gateway runs; touches nothing', {
        200: json(
          'It runs.',
          { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } },
          { status: 'ok' },
        ),
      }),
    },
    '/readyz': {
      get: open('readyz', 'Whether CKAN, the service token and the bucket can be used', {
        200: json('All of them.', ref('Readiness'), {
          status: 'ok',
          checks: { ckan: { status: 'ok', detail: 'CKAN 2.11.6' } },
        }),
        503: json('Not all of them.', ref('Readiness'), {
          status: 'failing',
          checks: { ckan: { status: 'failing', detail: 'no answer within 5 s' } },
        }),
      }),
    },
    '/openapi.json': { get: open('openapi', 'This document', { 200: json('OpenAPI 3.1.', { type: 'object' }) }) },
  }
}
