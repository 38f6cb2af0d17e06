import { IMAGE_OWNER_TYPES } from '@ckan-uplink/core/uploads'
import { problems, SERVER } from './errors.ts'
import { RESOURCE, UPLOAD } from './examples.ts'
import { type Json, json, path, ref } from './words.ts'

export function filePaths(): Json {
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
    '/resource/{resource_id}/download/{upload_id}/{file_name}': {
      parameters: [resource, upload, file],
      ...downloads('download_upload'),
    },
  }
}

function imagePath(): Json {
  const operation = (method: string) => ({
    operationId: `image_${method}`,
    summary: 'An image that was linked, for anybody',
    security: [],
    responses: {
      200: {
        description:
          'Its type is what its content says. With the version that CKAN shows, it may be kept for an hour. An SVG is an attachment.',
        content: { 'image/*': {} },
      },
      ...problems(404, 410, 429, SERVER),
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

function downloads(name: string): Json {
  const operation = (method: string) => ({
    operationId: `${name}_${method}`,
    summary: 'The file of a resource, for whoever may read it',
    security: [{}, { token: [] }],
    responses: {
      302: { $ref: '#/components/responses/Download' },
      ...problems(403, 404, 410, 429, SERVER),
    },
  })
  return { get: operation('get'), head: operation('head') }
}
