import type { ImageOwnerType } from '@ckan-uplink/core/uploads'
import type { ShownLink } from '../links/link-fields.ts'
import type { ShownRecord, UploadAnswer } from '../uploads/answers.ts'

export const RESOURCE = '6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11'
export const DATASET = '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10'
export const UPLOAD = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'

/** The id of an upload link. */
export const LINK = '4f7c2a906d0b4e0f9c553a1b'

const exampleKey = `resources/api_uploads/${RESOURCE}/${UPLOAD}/budget.csv`
export const exampleUrl = `https://bucket.example.org/${exampleKey}?X-Amz-Signature=0000`

export const exampleUpload: UploadAnswer = {
  presigned_url: exampleUrl,
  upload: {
    id: UPLOAD,
    method: 'PUT',
    url: exampleUrl,
    headers: { 'content-type': 'text/csv', 'if-none-match': '*' },
    key: exampleKey,
    status_key: '5f0c2a7e9b1d4c3f8a6e0d2b4c6f8a1e',
    expires_at: '2026-01-31T12:00:00.000Z',
    max_bytes: 5368709120,
  },
}

export const exampleRecord: ShownRecord = {
  version: 1,
  id: UPLOAD,
  entity: { type: 'resource', id: RESOURCE, dataset_id: DATASET },
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

export function exampleImageUpload(type: ImageOwnerType): UploadAnswer {
  const key = `images/${type}/${RESOURCE}/${UPLOAD}/logo.png`
  const url = `https://bucket.example.org/${key}?X-Amz-Signature=0000`
  const { upload } = exampleUpload
  return {
    presigned_url: url,
    upload: { ...upload, id: `image-${UPLOAD}`, url, headers: { 'if-none-match': '*' }, key, max_bytes: 4_194_304 },
  }
}

export const exampleLink: ShownLink = {
  id: LINK,
  dataset: DATASET,
  created_by: 'jane',
  created_at: '2026-01-31T11:00:00.000Z',
  expires_at: '2026-02-07T11:00:00.000Z',
  max_files: 5,
  max_bytes: 1073741824,
  files: 0,
  bytes: 0,
  publish: false,
  state: 'open',
}
