import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { IMAGE_OWNER_TYPES } from '@ckan-uplink/core'
import {
  actionError,
  arrivedParts,
  imageUpload,
  problem,
  readiness,
  resourceCreate,
  resourceUpload,
  signedParts,
  uploadAnswer,
  uploadList,
  uploadPage,
  uploadRecord,
  uploadShow,
  uploadSignParts,
} from '@ckan-uplink/gateway/schemas'
import { toJsonSchema } from '@valibot/to-json-schema'

/** The document for people; the gateway serves the same without examples, compressed. A test holds both to the schemas. */
export const DOCUMENT = new URL('../docs/openapi.json', import.meta.url)
const COMPRESSED = new URL('../packages/gateway/src/openapi-gzip.ts', import.meta.url)

type Json = Readonly<Record<string, unknown>>
type Schema = Parameters<typeof toJsonSchema>[0]

const RESOURCE = '6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11'
const UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
const SCHEMAS: Readonly<Record<string, Schema>> = {
  ResourceUpload: resourceUpload,
  ResourceCreate: resourceCreate,
  ImageUpload: imageUpload,
  UploadShow: uploadShow,
  ArrivedParts: arrivedParts,
  SignedParts: signedParts,
  UploadAnswer: uploadAnswer,
  UploadList: uploadList,
  UploadPage: uploadPage,
  UploadSignParts: uploadSignParts,
  UploadRecord: uploadRecord,
  Readiness: readiness,
  ActionError: actionError,
  Problem: problem,
}

const exampleKey = `resources/api_uploads/${RESOURCE}/${UPLOAD}/budget.csv`
const exampleUrl = `https://bucket.example.org/${exampleKey}?X-Amz-Signature=0000`
const exampleAnswer = {
  presigned_url: exampleUrl,
  upload: {
    id: UPLOAD,
    method: 'PUT',
    url: exampleUrl,
    headers: { 'content-type': 'text/csv', 'if-none-match': '*' },
    key: exampleKey,
    expires_at: '2026-01-31T12:00:00.000Z',
    max_bytes: 5368709120,
  },
}
const exampleRecord = {
  version: 1,
  id: UPLOAD,
  entity: { type: 'resource', id: RESOURCE, dataset_id: '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10' },
  key: exampleKey,
  requested_by: 'jane',
  requested_at: '2026-01-31T11:00:00.000Z',
  expires_at: '2026-01-31T12:00:00.000Z',
  previous_url: '',
  previous_last_modified: null,
  declared: { name: 'budget.csv', mimetype: 'text/csv' },
  limits: { max_bytes: 5368709120 },
  state: 'issued',
}

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
      schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchemaOf(schema)])),
    },
  }
}

function servicePaths(): Json {
  return {
    '/': { get: open('landing', 'What this is', { 200: { description: 'A line of text.', content: { 'text/plain': { schema: { type: 'string' } } } } }) },
    '/healthz': {
      get: open('healthz', 'Whether the gateway runs; touches nothing', {
        200: json('It runs.', { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } }, { status: 'ok' }),
      }),
    },
    '/readyz': {
      get: open('readyz', 'Whether CKAN, the service token and the bucket can be used', {
        200: json('All of them.', ref('Readiness'), { status: 'ok', checks: { ckan: { status: 'ok', detail: 'CKAN 2.11.6' } } }),
        503: json('Not all of them.', ref('Readiness'), { status: 'failing', checks: { ckan: { status: 'failing', detail: 'no answer within 5 s' } } }),
      }),
    },
    '/openapi.json': { get: open('openapi', 'This document', { 200: json('OpenAPI 3.1.', { type: 'object' }) }) },
  }
}

function actionPaths(): Json {
  return {
    '/api/3/action/resource_upload': {
      post: {
        operationId: 'resource_upload',
        summary: 'A pre-signed URL for the file of a resource that the caller may update',
        requestBody: body('ResourceUpload', { id: RESOURCE, name: 'budget.csv', mimetype: 'text/csv' }),
        responses: {
          200: json(
            'Put the file to `upload.url`, with `upload.headers`. With nothing declared but a name, R2 and S3 want no headers. For an upload in parts the URL is null, and the parts are `part_count` of `part_size` bytes.',
            envelope(ref('UploadAnswer')),
            exampleEnvelope(exampleAnswer),
          ),
          ...actionErrors(400, 403, 404, 409, 413, 429, SERVER),
        },
      },
    },
    '/api/3/action/resource_create': {
      post: {
        operationId: 'resource_create',
        summary: "CKAN's resource_create, with a pre-signed URL for the new resource's file",
        description:
          'All fields of CKAN are passed on; the format is held back until there is a file. A multipart body goes to CKAN untouched and gets no URL. What CKAN refuses is answered as CKAN did.',
        requestBody: body('ResourceCreate', { package_id: 'city-budget', name: 'Budget', format: 'CSV' }),
        responses: {
          200: json(
            "CKAN's answer, with `presigned_url` and `upload` in the resource.",
            envelope(createdResource()),
            exampleEnvelope({ id: RESOURCE, name: 'Budget', url: '', format: '', ...exampleAnswer }),
          ),
          ...actionErrors(400, 403, 404, 409, 413, 429, SERVER),
        },
      },
    },
    ...imageActionPaths(),
    '/api/3/action/upload_show': {
      post: {
        operationId: 'upload_show',
        summary: 'The record of an upload, for whoever may update what it is for',
        requestBody: body('UploadShow', { id: UPLOAD }),
        responses: {
          200: json('The record.', envelope(ref('UploadRecord')), exampleEnvelope(exampleRecord)),
          ...actionErrors(400, 403, 404, 409, 413, 429, SERVER),
        },
      },
    },
    '/api/3/action/upload_list': {
      post: {
        operationId: 'upload_list',
        summary: 'All upload records, the oldest first, page by page, for sysadmins',
        requestBody: body('UploadList', { state: 'failed', limit: 100 }),
        responses: {
          200: json('A page of them.', envelope(ref('UploadPage')), exampleEnvelope({ uploads: [exampleRecord], next: null })),
          ...actionErrors(400, 403, 409, 413, 429, SERVER),
        },
      },
    },
    ...partPaths(),
    '/api/3/action/{action}': {
      parameters: [path('action', 'package_show', 'Any other action of CKAN.')],
      get: passedOn('get', 'with its query'),
      post: passedOn('post', 'with its body; `presigned_url` and `upload` are taken out of resources in JSON'),
    },
  }
}

function partPaths(): Json {
  const operation = (name: string, summary: string, requestBody: Json, answer: Json) => ({
    [`/api/3/action/${name}`]: {
      post: { operationId: name, summary, requestBody, responses: { 200: answer, ...actionErrors(400, 403, 404, 409, 413, 429, SERVER) } },
    },
  })
  const whole = body('UploadShow', { id: UPLOAD })
  const shown = { type: 'object', required: ['upload'], properties: { upload: ref('UploadRecord') } }
  const ended = (description: string, record: Json) => json(description, envelope(shown), exampleEnvelope({ upload: record }))
  const part = { part_number: 2, url: `${exampleUrl}&partNumber=2`, headers: {} }
  return {
    ...operation(
      'upload_sign_parts',
      'Pre-signed URLs for parts of an upload, as often as wanted until it expires',
      body('UploadSignParts', { id: UPLOAD, part_numbers: [2] }),
      json('Put each part to its URL.', envelope(ref('SignedParts')), exampleEnvelope({ parts: [part] })),
    ),
    ...operation(
      'upload_list_parts',
      'The parts that have arrived, so that an upload can be resumed',
      whole,
      json('By their numbers.', envelope(ref('ArrivedParts')), exampleEnvelope({ parts: [{ part_number: 1, size: 16_777_216 }] })),
    ),
    ...operation(
      'upload_complete',
      'Makes the file of its parts, which is then linked; harmless twice',
      whole,
      ended('The record. 409 names the parts that are missing.', exampleRecord),
    ),
    ...operation(
      'upload_abort',
      'Drops what has arrived; harmless twice, and after the upload is complete',
      whole,
      ended('The record.', { ...exampleRecord, state: 'aborted' }),
    ),
  }
}

function imageActionPaths(): Json {
  const paths = IMAGE_OWNER_TYPES.map((type) => [
    `/api/3/action/${type}_upload`,
    {
      post: {
        operationId: `${type}_upload`,
        summary: `A pre-signed URL for the image of ${type === 'organization' ? 'an' : 'a'} ${type} that the caller may update`,
        requestBody: body('ImageUpload', { id: type === 'user' ? 'jane' : 'city', name: 'logo.png' }),
        responses: {
          200: json('Put the image to `upload.url`, with `upload.headers`.', envelope(ref('UploadAnswer')), exampleEnvelope(exampleImageAnswer(type))),
          ...actionErrors(400, 403, 404, 409, 413, 429, SERVER),
        },
      },
    },
  ])
  return Object.fromEntries(paths)
}

function exampleImageAnswer(type: string): Json {
  const key = `images/${type}/${RESOURCE}/${UPLOAD}/logo.png`
  const url = `https://bucket.example.org/${key}?X-Amz-Signature=0000`
  const { upload } = exampleAnswer
  return { presigned_url: url, upload: { ...upload, id: `image-${UPLOAD}`, url, headers: {}, key, max_bytes: 4_194_304 } }
}

function imagePath(): Json {
  const operation = (method: string) => ({
    operationId: `image_${method}`,
    summary: 'An image that was linked, for anybody',
    security: [],
    responses: {
      200: {
        description: 'Its type is what its content says. With the version that CKAN shows, it may be kept for ever. An SVG is an attachment.',
        content: { 'image/*': {} },
      },
      ...problems(404, 429, SERVER),
    },
  })
  return {
    parameters: [
      { ...path('type', 'organization', 'What the image is of.'), schema: { enum: IMAGE_OWNER_TYPES } },
      path('owner_id', RESOURCE, 'Its id.'),
      path('upload_id', UPLOAD, 'The upload, without `image-`.'),
      path('file_name', 'logo.png', "As in the image's URL in CKAN."),
      { name: 'v', in: 'query', description: 'The version.', schema: { type: 'string' }, example: '0123456789abcdef' },
    ],
    get: operation('get'),
    head: operation('head'),
  }
}

function filePaths(): Json {
  const resource = path('resource_id', RESOURCE, 'The resource.')
  const file = path('file_name', 'budget.csv', "As in the resource's URL in CKAN.")
  const upload = path('upload_id', UPLOAD, 'The upload.')
  const record = json('The record.', ref('UploadRecord'))
  return {
    '/uploads/{upload_id}': {
      parameters: [upload],
      get: {
        operationId: 'upload',
        summary: 'The record of an upload, for whoever may update what it is for',
        responses: { 200: record, ...problems(403, 404, 429, SERVER) },
      },
    },
    '/images/{type}/{owner_id}/{upload_id}/{file_name}': imagePath(),
    '/resource/{resource_id}/download/{file_name}': { parameters: [resource, file], ...downloads('download') },
    '/resource/{resource_id}/download/{upload_id}/{file_name}': { parameters: [resource, upload, file], ...downloads('download_upload') },
  }
}

function passedOn(method: string, how: string): Json {
  return {
    operationId: `ckan_${method}`,
    summary: `Passed to CKAN ${how}`,
    security: [{}, { token: [] }],
    responses: { default: { description: "CKAN's own answer." }, ...actionErrors(400, ...(method === 'post' ? [413] : []), 429, SERVER) },
  }
}

function downloads(name: string): Json {
  const operation = (method: string) => ({
    operationId: `${name}_${method}`,
    summary: 'The file of a resource, for whoever may read it',
    security: [{}, { token: [] }],
    responses: {
      302: { $ref: '#/components/responses/Download' },
      ...problems(403, 404, 429, SERVER),
    },
  })
  return { get: operation('get'), head: operation('head') }
}

const SERVER = '5XX'
const ERRORS: Readonly<Record<string, readonly [name: string, description: string]>> = {
  403: ['Authorization Error', 'No token, one that CKAN does not know, or one that may not do this.'],
  404: ['Not Found Error', 'There is no such thing.'],
  409: ['Validation Error', 'Fields are not valid; each has a list of messages under its name.'],
  413: ['Content Too Large', 'The body is too large.'],
  429: ['Too Many Requests', 'This caller asks too often; `Retry-After` says when to try again.'],
  [SERVER]: ['Bad Gateway', '500: the gateway failed. 502: CKAN cannot be reached. 503: the store cannot be reached.'],
}

function errorResponses(): Json {
  const kinds = Object.entries(ERRORS)
  return {
    Action400: json('The body is not JSON, or the action is not known or takes POST alone. A JSON string, as CKAN has it.', { type: 'string' }),
    ...Object.fromEntries(kinds.map(([status, [type, description]]) => [`Action${status}`, json(description, ref('ActionError'), exampleError(type))])),
    Problem: content('application/problem+json', 'What is wrong, in the words of RFC 9457.', ref('Problem'), exampleProblem),
    Download: { description: 'To a short pre-signed URL.', headers: { Location: { schema: { type: 'string', format: 'uri' } } } },
  }
}

const exampleProblem = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'Upload was not found.' }

function exampleError(type: string): Json {
  const facts = type === 'Validation Error' ? { size: ['Must be at most 5368709120 bytes'] } : { message: 'What happened, for people.' }
  return { help: '…', success: false, error: { ...facts, __type: type } }
}

function actionErrors(...statuses: readonly (number | string)[]): Json {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/Action${status}` }]))
}

function problems(...statuses: readonly (number | string)[]): Json {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: '#/components/responses/Problem' }]))
}

function open(operationId: string, summary: string, responses: Json): Json {
  return { operationId, summary, security: [], responses }
}

function path(name: string, example: string, description: string): Json {
  return { name, in: 'path', required: true, description, schema: { type: 'string' }, example }
}

function body(schema: string, example: Json): Json {
  const form = { schema: ref(schema) }
  return {
    required: true,
    content: { 'application/json': { schema: ref(schema), example }, 'application/x-www-form-urlencoded': form, 'multipart/form-data': form },
  }
}

function json(description: string, schema: Json, example?: Json): Json {
  return content('application/json', description, schema, example)
}

function content(type: string, description: string, schema: Json, example?: Json): Json {
  return { description, content: { [type]: { schema, ...(example !== undefined && { example }) } } }
}

function exampleEnvelope(result: Json): Json {
  return { help: '…', success: true, result }
}

function envelope(result: Json): Json {
  return { type: 'object', required: ['help', 'success', 'result'], properties: { help: { type: 'string' }, success: { const: true }, result } }
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}

/** A resource as CKAN shows it, and two fields more. */
function createdResource(): Json {
  const property = (name: string) => ref(`UploadAnswer/properties/${name}`)
  return { type: 'object', required: ['presigned_url', 'upload'], properties: { presigned_url: property('presigned_url'), upload: property('upload') } }
}

/** Checks that JSON Schema has no words for are left to the field's description and to the answer. */
function jsonSchemaOf(schema: Schema): Json {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['check', 'to_lower_case'],
  })
  return rest
}

/** What the gateway serves: examples are for people, who have the document itself, and every byte counts in a Worker. */
export function withoutExamples<T>(node: T): T {
  return JSON.parse(JSON.stringify(node, (key, value) => (key === 'example' ? undefined : value)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const document = describeGateway()
  await writeFile(
    DOCUMENT,
    `${JSON.stringify(document, undefined, 2)}
`,
  )
  const base64 = gzipSync(JSON.stringify(withoutExamples(document)), { level: 9 }).toString('base64')
  await writeFile(
    COMPRESSED,
    `/** The API description, compressed: a third of its size in the bundle. Made by scripts/openapi.ts. */
export const OPENAPI_GZIP =
  '${base64}'
`,
  )
}
