import { growthOf } from '@ckan-uplink/testing'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { imageUploads } from '../../src/actions/image-upload.ts'
import { resourceCreate } from '../../src/actions/resource-create.ts'
import { resourceUpload } from '../../src/actions/resource-upload.ts'
import { uploadShow } from '../../src/actions/upload-show.ts'
import { contentDisposition } from '../../src/files/content-disposition.ts'
import { actionOf } from '../../src/http/answers.ts'
import { tokenOf } from '../../src/http/caller.ts'
import { readFields } from '../../src/http/read-fields.ts'
import { validate } from '../../src/http/validate.ts'

const [imageUpload] = imageUploads
const ANY_SIZE = Number.MAX_SAFE_INTEGER
const FORM = 'application/x-www-form-urlencoded'

async function read(type: string, body: string): Promise<void> {
  const request = new Request('http://x/', { method: 'POST', headers: { 'Content-Type': type }, body })
  await readFields(request, ANY_SIZE).catch(() => {})
}

function tryTo(run: () => unknown): void {
  try {
    run()
  } catch {
    // A refusal takes its time, too.
  }
}

/** For each input: its name, the unit that is repeated, and the reader. */
const readers: readonly (readonly [name: string, unit: string, read: (text: string) => unknown])[] = [
  ['a form of one name', 'a=&', (text) => read(FORM, text)],
  ['a form of many blanks', '+', (text) => read(FORM, `a=${text}`)],
  ['a form of many escapes', '%20', (text) => read(FORM, `a=${text}`)],
  [
    'a multipart body of one name',
    '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
    (text) => read('multipart/form-data; boundary=x', `${text}--x--\r\n`),
  ],
  ['a multipart body that is all boundaries', '\r\n--x', (text) => read('multipart/form-data; boundary=x', text)],
  ['a boundary that is never there', '-', (text) => read(`multipart/form-data; boundary=${text}`, text)],
  ['nested JSON', '[', (text) => read('application/json', text)],
  ['JSON of many names', '"a":1,', (text) => read('application/json', `{${text}"b":1}`)],
  ['JSON of one open string', '\\"', (text) => read('application/json', `{"${text}`)],
  ['JSON of many quotes', '"', (text) => read('application/json', text)],
  ['blanks', ' ', (text) => read('application/json', text)],
  [
    'the media type of an upload',
    ';',
    (text) => tryTo(() => validate(resourceUpload.request, { mimetype: `a/b${text}` })),
  ],
  [
    'the media type of an image',
    '; ',
    (text) => tryTo(() => validate(imageUpload?.request ?? v.object({}), { mimetype: `a/b${text}` })),
  ],
  ['the name of an upload', ' ', (text) => tryTo(() => validate(resourceUpload.request, { name: text }))],
  ['the format of a resource', ' ', (text) => tryTo(() => validate(resourceCreate.request, { format: text }))],
  ['the id of an upload', '_', (text) => tryTo(() => validate(uploadShow.request, { id: text }))],
  ['a token', 'Bearer ', (text) => tokenOf(new Headers({ Authorization: `${text}x` }))],
  ['the path of an action', '/', (text) => actionOf(`/api/3/action/${text}`)],
  ['the name of a download', '"', (text) => contentDisposition(text)],
]

describe('the time that the gateway takes to read', () => {
  it.each(readers)('%s grows no faster than it', async (_, unit, readText) => {
    const prepare = (size: number) => {
      const text = unit.repeat(Math.ceil(size / unit.length))
      return () => readText(text)
    }
    expect(await growthOf(prepare)).toBeLessThan(3)
  })
})
