import type { Described } from '../actions/define-action.ts'
import { ACTIONS } from '../actions/index.ts'
import type { Components } from './components.ts'
import { DESCRIBED_DIRECT_ACTIONS } from './direct-actions.ts'
import { actionErrors, SERVER } from './errors.ts'
import { DESCRIBED_FILE_ACTIONS } from './file-actions.ts'
import { body, envelope, type Json, json, path } from './words.ts'

/** Statuses that every own action can answer with. */
const ERRORS = [400, 403, 409, 413, 429, SERVER]

export function actionPaths({ refTo }: Components): Json {
  return {
    ...Object.fromEntries(
      [...ACTIONS, ...DESCRIBED_FILE_ACTIONS, ...DESCRIBED_DIRECT_ACTIONS].map((action) => [
        `/api/3/action/${action.name}`,
        { post: operationOf(action, refTo) },
      ]),
    ),
    '/api/3/action/{action}': {
      parameters: [path('action', 'package_show', 'Any other action of CKAN.')],
      get: passedOn('get', 'with its query'),
      post: passedOn(
        'post',
        'with its body. The gateway removes `presigned_url` and `upload` from resources in JSON. It keeps the file of such a resource',
      ),
    },
  }
}

function operationOf(action: Described, refTo: Components['refTo']): Json {
  const { name, summary, description, request, answer, answerDescription, example, errors = [] } = action
  const result = { help: '…', success: true, result: example.result }
  return {
    operationId: name,
    summary,
    ...(description !== undefined && { description }),
    requestBody: body(refTo(request), example.request),
    responses: {
      200: json(answerDescription, envelope(refTo(answer)), result),
      ...actionErrors(...ERRORS, ...errors),
    },
  }
}

function passedOn(method: string, how: string): Json {
  return {
    operationId: `ckan_${method}`,
    summary: `Passes the request on to CKAN ${how}`,
    security: [{}, { token: [] }],
    responses: {
      default: { description: "CKAN's own answer." },
      ...actionErrors(400, ...(method === 'post' ? [413] : []), 429, SERVER),
    },
  }
}
