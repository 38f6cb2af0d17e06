import { IMAGE_OWNER_TYPES } from '@ckan-uplink/core/uploads'
import { actionErrors, SERVER } from './errors.ts'
import {
  exampleAnswer,
  exampleEnvelope,
  exampleImageAnswer,
  exampleRecord,
  exampleRemoved,
  exampleUrl,
  RESOURCE,
  UPLOAD,
} from './examples.ts'
import { body, envelope, type Json, json, path, ref } from './words.ts'

export function actionPaths(): Json {
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
          200: json(
            'A page of them.',
            envelope(ref('UploadPage')),
            exampleEnvelope({ uploads: [exampleRecord], next: null }),
          ),
          ...actionErrors(400, 403, 409, 413, 429, SERVER),
        },
      },
    },
    '/api/3/action/upload_remove': {
      post: {
        operationId: 'upload_remove',
        summary: 'Takes a file back for good, for callers who may update what it is for, and for sysadmins',
        description:
          'From the answer on the file is neither linked nor served, and its URL answers 410. 409 while CKAN, or a copied dataset that the caller can see, points to the file: change that URL first. The next reconciliation removes the bytes. Harmless twice.',
        requestBody: body('UploadRemove', { id: UPLOAD, reason: 'It holds names of persons.' }),
        responses: {
          200: json('The record.', envelope(ref('UploadRemoved')), exampleEnvelope(exampleRemoved)),
          ...actionErrors(400, 403, 404, 409, 413, 429, SERVER),
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
      post: {
        operationId: name,
        summary,
        requestBody,
        responses: { 200: answer, ...actionErrors(400, 403, 404, 409, 413, 429, SERVER) },
      },
    },
  })
  const whole = body('UploadShow', { id: UPLOAD })
  const shown = { type: 'object', required: ['upload'], properties: { upload: ref('UploadRecord') } }
  const ended = (description: string, record: Json) =>
    json(description, envelope(shown), exampleEnvelope({ upload: record }))
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
      json(
        'By their numbers.',
        envelope(ref('ArrivedParts')),
        exampleEnvelope({ parts: [{ part_number: 1, size: 16_777_216 }] }),
      ),
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
        requestBody: body('ImageUpload', { id: type === 'user' ? 'jane' : 'city', name: 'logo.png', size: 5120 }),
        responses: {
          200: json(
            'Put the image to `upload.url`, with `upload.headers`.',
            envelope(ref('UploadAnswer')),
            exampleEnvelope(exampleImageAnswer(type)),
          ),
          ...actionErrors(400, 403, 404, 409, 413, 429, SERVER),
        },
      },
    },
  ])
  return Object.fromEntries(paths)
}

function passedOn(method: string, how: string): Json {
  return {
    operationId: `ckan_${method}`,
    summary: `Passed to CKAN ${how}`,
    security: [{}, { token: [] }],
    responses: {
      default: { description: "CKAN's own answer." },
      ...actionErrors(400, ...(method === 'post' ? [413] : []), 429, SERVER),
    },
  }
}

/** A resource as CKAN shows it, and two fields more. */
function createdResource(): Json {
  const property = (name: string) => ref(`UploadAnswer/properties/${name}`)
  return {
    type: 'object',
    required: ['presigned_url', 'upload'],
    properties: { presigned_url: property('presigned_url'), upload: property('upload') },
  }
}
