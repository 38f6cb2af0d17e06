import { exampleError, exampleProblem } from './examples.ts'
import { content, type Json, json, ref } from './words.ts'

export const SERVER = '5XX'

const ERRORS: Readonly<Record<string, readonly [name: string, description: string]>> = {
  403: ['Authorization Error', 'No token, one that CKAN does not know, or one that may not do this.'],
  404: ['Not Found Error', 'There is no such thing.'],
  409: ['Validation Error', 'Fields are not valid; each has a list of messages under its name.'],
  413: ['Content Too Large', 'The body is too large.'],
  429: ['Too Many Requests', 'This caller asks too often; `Retry-After` says when to try again.'],
  [SERVER]: ['Bad Gateway', '500: the gateway failed. 502: CKAN cannot be reached. 503: the store cannot be reached.'],
}

export function errorResponses(): Json {
  const kinds = Object.entries(ERRORS)
  return {
    Action400: json(
      'The body is not JSON, or the action is not known or takes POST alone. A JSON string, as CKAN has it.',
      { type: 'string' },
    ),
    ...Object.fromEntries(
      kinds.map(([status, [type, description]]) => [
        `Action${status}`,
        json(description, ref('ActionError'), exampleError(type)),
      ]),
    ),
    Problem: content(
      'application/problem+json',
      'What is wrong, in the words of RFC 9457.',
      ref('Problem'),
      exampleProblem,
    ),
    Download: {
      description:
        'To a short pre-signed URL. A file that was replaced: to the present file, unless the caller may update the resource or the site has `PUBLIC_VERSIONS`. 410: the file was withdrawn.',
      headers: {
        Location: { schema: { type: 'string', format: 'uri' } },
        Link: {
          description: 'The URL of the present file as `latest-version`, where another one was asked for.',
          schema: { type: 'string' },
        },
      },
    },
  }
}

export function actionErrors(...statuses: readonly (number | string)[]): Json {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/Action${status}` }]))
}

export function problems(...statuses: readonly (number | string)[]): Json {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: '#/components/responses/Problem' }]))
}
