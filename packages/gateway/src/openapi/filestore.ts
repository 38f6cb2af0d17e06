import { problems, SERVER } from './errors.ts'
import { content, type Json, json, open, path } from './words.ts'

const LABEL = '2012-04-27T092841/cities.csv'
const OBJECT = { type: 'object' }
const METADATA = {
  _bucket: 'open-data',
  _content_length: 1074,
  _format: 'text/csv',
  _label: `/${LABEL}`,
  _last_modified: 'Fri, 27 Apr 2012 09:28:41 GMT',
  _location: `https://uploads.example.org/storage/f/${LABEL}`,
  _owner: null,
  'uploaded-by': 'bff737ef-b84c-4519-914c-b4285144d8e6',
}

/** The FileStore API of old CKANs, which exists with `FILESTORE_API`. */
export function filestorePaths(): Json {
  const parameters = [path('label', LABEL, 'The name of the file, with slashes.')]
  const metadata = json('The metadata.', OBJECT, METADATA)
  const form = json('The form.', OBJECT, { action: '/storage/upload_handle', fields: [{ name: 'key', value: LABEL }] })
  const signed = json('The signed request.', OBJECT, {
    host: 'bucket.example.org',
    method: 'PUT',
    path: '/…',
    headers: { 'Content-Type': 'text/csv', 'Content-Length': '1074' },
  })
  const file = {
    ...open('filestore_file', 'Sends a file to everybody, as an attachment', {
      200: { description: 'The file.', content: { '*/*': {} } },
      302: { description: 'The file is at the short pre-signed URL in `Location`.' },
      ...problems(404, 429, SERVER),
    }),
  }
  return {
    '/api/storage': {
      get: open('filestore', 'Lists the addresses of the FileStore API', {
        200: json('The addresses.', OBJECT),
        ...problems(404),
      }),
    },
    '/api/storage/metadata/{label}': {
      parameters,
      get: open('filestore_metadata', 'Shows the metadata of a file to everybody', {
        200: metadata,
        ...problems(404, 429, SERVER),
      }),
      post: write('filestore_add_metadata', 'Adds metadata of the owner', metadata),
      put: write('filestore_replace_metadata', 'Replaces the metadata of the owner', metadata),
    },
    '/api/storage/auth/form/{label}': {
      parameters,
      get: write('filestore_get_form', 'Returns a form for a new file', form),
      post: write('filestore_form', 'Returns a form for a new file', form),
    },
    '/api/storage/auth/request/{label}': {
      parameters,
      get: open('filestore_get_request', 'Signs a GET for everybody', {
        200: signed,
        ...problems(404, 409, 429, SERVER),
      }),
      post: write('filestore_request', 'Signs a GET, or a PUT for the owner, with the given headers', signed),
    },
    '/storage/upload_handle': {
      post: {
        ...write('filestore_upload', 'Takes a form with a new file', metadata),
        requestBody: content('multipart/form-data', 'The fields `key` and `file`.', OBJECT),
      },
    },
    '/storage/f/{label}': { parameters, get: file, head: { ...file, operationId: 'filestore_file_head' } },
  }
}

function write(operationId: string, summary: string, answer: Json): Json {
  return { operationId, summary, responses: { 200: answer, ...problems(400, 403, 404, 409, 413, 429, SERVER) } }
}
