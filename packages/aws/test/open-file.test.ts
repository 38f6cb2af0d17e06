import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFileOpener } from '../src/open-file.ts'
import { type ScriptedS3, s3Error, startScriptedS3 } from './scripted-s3.ts'

let s3: ScriptedS3
beforeAll(async () => {
  s3 = await startScriptedS3()
})
afterAll(() => s3.close())

describe('an object that a reader asks for', () => {
  it('is streamed', async () => {
    s3.script = [{ status: 200, headers: { ETag: '"one"' }, body: 'a,b' }]
    expect(await new Response(await createFileOpener(s3.options)('a.csv', { etag: 'one' })).text()).toBe('a,b')
  })

  it('is not streamed in another version', async () => {
    s3.script = [s3Error(412, 'PreconditionFailed')]
    expect(await createFileOpener(s3.options)('a.csv', { etag: 'two' })).toBeUndefined()
  })
})
