import type { ObjectStore } from '@ckan-uplink/core'
import type { SignedForm, UploadSigner } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

export interface FormSubject {
  readonly signer: Required<Pick<UploadSigner, 'signForm'>>
  readonly store: ObjectStore
  close(): Promise<void>
}

const CSV = 'a,b\n1,2\n'

/** The contract of `signForm`. The tests send forms with plain `fetch`, as browsers do. */
export function describeFormSigner(name: string, start: () => Promise<FormSubject>): void {
  describe(`Forms of ${name}`, () => {
    let subject: FormSubject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.close())

    const newKey = () => `contract/${crypto.randomUUID()}/a b.csv`
    const sign = (key: string, expiresInSeconds = 60) =>
      subject.signer.signForm({ key, expiresInSeconds, maxBytes: CSV.length, contentType: 'text/csv' })

    it('let a stranger put one file of the given type', async () => {
      const key = newKey()
      expect((await send(await sign(key))).status).toBe(200)
      expect(await subject.store.head(key)).toMatchObject({ size: CSV.length, contentType: 'text/csv' })
    })

    it.each([
      ['a larger file', {}, `${CSV}3,4\n`],
      ['another type', { 'Content-Type': 'text/html' }, CSV],
      ['another key', { key: 'contract/other.csv' }, CSV],
      ['another policy', { Policy: btoa('{"expiration": "2099-01-01T00:00:00Z", "conditions": []}') }, CSV],
    ])('refuse %s', async (_, fields, content) => {
      const key = newKey()
      const signed = await sign(key)
      const { status } = await send({ ...signed, fields: { ...signed.fields, ...fields } }, content)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(await subject.store.head(key)).toBeUndefined()
      expect(await subject.store.head('contract/other.csv')).toBeUndefined()
    })

    it('expire', async () => {
      const key = newKey()
      expect((await send(await sign(key, -60))).status).toBe(403)
      expect(await subject.store.head(key)).toBeUndefined()
    })
  })
}

async function send({ action, fields }: SignedForm, content = CSV): Promise<Response> {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  body.set('file', new File([content], 'a.csv'))
  const response = await fetch(action, { method: 'POST', body })
  await response.text()
  return response
}
