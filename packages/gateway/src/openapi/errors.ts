import { content, type Json, json, ref } from './words.ts'

export const SERVER = '5XX'

const ERRORS: Readonly<Record<string, readonly [type: string, description: string]>> = {
  403: ['Authorization Error', 'No token, a token that CKAN does not know, or a token without this permission.'],
  404: ['Not Found Error', 'The thing does not exist.'],
  409: ['Validation Error', 'Fields are not valid. Each has a list of messages under its name.'],
  413: ['Content Too Large', 'The body is too large.'],
  429: ['Too Many Requests', 'This caller sends too many requests. `Retry-After` says when to try again.'],
  [SERVER]: ['Bad Gateway', '500: the gateway failed. 502: CKAN cannot be reached. 503: the store cannot be reached.'],
}

export function errorResponses(): Json {
  const kinds = Object.entries(ERRORS)
  return {
    Action400: json(
      'The body is not JSON, the action is not known, or the action takes only POST. A JSON string, as CKAN sends it.',
      { type: 'string' },
    ),
    ...Object.fromEntries(
      kinds.map(([status, [type, description]]) => [
        `Action${status}`,
        json(description, ref('ActionError'), exampleError(type)),
      ]),
    ),
    Problem: content('application/problem+json', 'The error, by RFC 9457.', ref('Problem'), {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'Upload was not found.',
    }),
    Download: {
      description:
        'Redirects to a short pre-signed URL. A file that was replaced redirects to the present file, unless the caller may update the resource or the site has `PUBLIC_VERSIONS`. 410: the file was withdrawn.',
      headers: {
        Location: { schema: { type: 'string', format: 'uri' } },
        Link: {
          description: 'The URL of the present file as `latest-version`, if the request names another file.',
          schema: { type: 'string' },
        },
      },
    },
  }
}

function exampleError(type: string): Json {
  const facts =
    type === 'Validation Error' ? { size: ['Must be at most 5368709120 bytes'] } : { message: 'The error, for people.' }
  return { help: '…', success: false, error: { ...facts, __type: type } }
}

export function actionErrors(...statuses: readonly (number | string)[]): Json {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/Action${status}` }]))
}

export function problems(...statuses: readonly (number | string)[]): Json {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: '#/components/responses/Problem' }]))
}
