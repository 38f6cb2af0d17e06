import { createUplink, type Uplink } from '@ckan-uplink/client'
import { describe, expect, it } from 'vitest'
import { type Asked, startSite } from './scripted-site.ts'

const RESOURCE = '6e2a4cb0-7c9c-4a3a-8a3e-6f1f2f3c4d5e'
const noAction = { status: 400, json: 'Bad request - Action name not known: x' }
const neverLoaded = {
  status: 404,
  json: { success: false, error: { message: 'Not found', __type: 'Not Found Error' } },
}

function linked(fileName: string, more: object = {}) {
  const key = `resources/api_uploads/${RESOURCE}/0193/${fileName}`
  return {
    json: { success: true, result: { state: 'linked', key, entity: { type: 'resource', id: RESOURCE }, ...more } },
  }
}

function actionOf({ url }: Asked): string {
  return new URL(url, 'http://localhost').pathname.split('/').at(-1) ?? ''
}

function uplinkTo(gateway: string): Uplink {
  return createUplink({ gateway, firstDelayMs: 1 })
}

describe('waiting until an upload is loaded', () => {
  it('ends for a linked file that is no table, without asking a loader', async () => {
    const { url, asked } = await startSite(() => linked('plan.pdf'))
    expect(await uplinkTo(url).waitFor('0193', 'loaded')).toMatchObject({ state: 'linked' })
    expect(asked.map(actionOf)).toEqual(['upload_show'])
  })

  it('ends for a linked table if this CKAN has no loader', async () => {
    const { url, asked } = await startSite((one) => (actionOf(one) === 'upload_show' ? linked('a.csv') : noAction))
    expect(await uplinkTo(url).waitFor('0193', 'loaded')).toMatchObject({ state: 'linked' })
    expect(asked.map(actionOf)).toEqual(['upload_show', 'xloader_status', 'datapusher_status'])
  })

  it('goes on for a table that the loader has not seen yet, and asks once whether there is a loader', async () => {
    const { url, asked } = await startSite((one, count) => {
      if (actionOf(one) !== 'upload_show') return actionOf(one) === 'xloader_status' ? noAction : neverLoaded
      return linked('a.csv', count < 5 ? {} : { state: 'loaded' })
    })
    expect(await uplinkTo(url).waitFor('0193', 'loaded')).toMatchObject({ state: 'loaded' })
    expect(asked.map(actionOf)).toEqual([
      'upload_show',
      'xloader_status',
      'datapusher_status',
      'upload_show',
      'upload_show',
    ])
  })

  it('fails with the upload as it was last seen, once the time is over', async () => {
    const { url } = await startSite(() => linked('a.csv', { load: { status: 'pending' } }))
    await expect(uplinkTo(url).waitFor('0193', 'loaded', { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'timed_out',
      message: expect.stringContaining('the loader says pending'),
      details: { upload: { state: 'linked' } },
    })
  })
})
