import { IMAGE_OWNER_TYPES } from '@ckan-uplink/core/uploads'
import { exampleUpload, RESOURCE, UPLOAD } from '../actions/examples.ts'
import { STATUS_KEY_HEADER } from '../uploads/status-keys.ts'
import { problems, SERVER } from './errors.ts'
import { content, type Json, json, path, ref } from './words.ts'

const STATUS_REQUEST = { uploads: [{ id: UPLOAD, key: exampleUpload.upload.status_key }] }

/** The routes of records, images and files. */
export function filePaths(): Json {
  const resource = path('resource_id', RESOURCE, 'The resource.')
  const file = path('file_name', 'budget.csv', "The file name in the resource's URL in CKAN.")
  const upload = path('upload_id', UPLOAD, 'The upload.')
  const version = path('version', '0123456789abcdef', 'The version, as CKAN shows it. It keeps caches apart.')
  return {
    '/uploads/{upload_id}': {
      parameters: [upload],
      get: {
        operationId: 'upload',
        summary: 'Shows the record of an upload to callers who may update its entity, or its state for a status key',
        security: [{}, { token: [] }],
        parameters: [
          {
            name: STATUS_KEY_HEADER,
            in: 'header',
            description:
              'The `status_key` of the upload. With it the request needs no token, and the answer is the state.',
            schema: { type: 'string' },
          },
        ],
        responses: {
          200: json('The record, or the state.', { anyOf: [ref('UploadRecord'), ref('UploadStatus')] }),
          ...problems(403, 404, 429, SERVER),
        },
      },
    },
    '/uploads/status': {
      post: {
        operationId: 'upload_statuses',
        summary: 'Shows the states of up to 1,000 uploads to the holder of their status keys',
        security: [],
        requestBody: content('application/json', 'The uploads.', ref('UploadStatuses'), STATUS_REQUEST),
        responses: {
          200: json('The states.', ref('UploadStatusesAnswer')),
          ...problems(400, 403, 409, 413, 429, SERVER),
        },
      },
    },
    '/images/{type}/{owner_id}/{upload_id}/{file_name}': imagePath(),
    '/resource/{resource_id}/download/{file_name}': { parameters: [resource, file], ...downloads('download') },
    '/resource/{resource_id}/download/{upload_id}/{file_name}': {
      parameters: [resource, upload, file],
      ...downloads('download_upload'),
    },
    '/resource/{resource_id}/download/{upload_id}/{version}/{file_name}': {
      parameters: [resource, upload, version, file],
      ...downloads('download_version'),
    },
  }
}

function imagePath(): Json {
  const operation = (method: string) => ({
    operationId: `image_${method}`,
    summary: 'Sends a linked image to anybody',
    security: [],
    responses: {
      200: {
        description:
          'The content decides the type. Caches may keep the version that CKAN shows for an hour. An SVG is an attachment.',
        content: { 'image/*': {} },
      },
      ...problems(404, 410, 429, SERVER),
    },
  })
  return {
    parameters: [
      { ...path('type', 'organization', 'The type of the owner.'), schema: { enum: IMAGE_OWNER_TYPES } },
      path('owner_id', RESOURCE, 'The id of the owner.'),
      path('upload_id', UPLOAD, 'The upload, without `image-`.'),
      path('file_name', 'logo.png', "The file name in the image's URL in CKAN."),
      { name: 'v', in: 'query', description: 'The version.', schema: { type: 'string' }, example: '0123456789abcdef' },
    ],
    get: operation('get'),
    head: operation('head'),
  }
}

const PREVIEW = {
  name: 'preview',
  in: 'query',
  description: '`1`: a PDF or an image is shown in the page, not saved.',
  schema: { type: 'string' },
}

function file(description: string): Json {
  return { description, content: { '*/*': {} } }
}

function downloads(name: string): Json {
  const operation = (method: string) => ({
    operationId: `${name}_${method}`,
    summary: 'Sends a file to callers who may read the resource: itself if a token came, else by a redirect',
    security: [{}, { token: [] }],
    parameters: [PREVIEW],
    responses: {
      200: file('The file.'),
      206: file('The range that was asked for.'),
      302: { $ref: '#/components/responses/Download' },
      304: { description: 'The client has this version.' },
      416: { description: 'The file has no such range.' },
      ...problems(403, 404, 410, 429, SERVER),
    },
  })
  return { get: operation('get'), head: operation('head') }
}
