import { describeStaticFiles, STATIC_FILES } from '@ckan-uplink/testing/contracts'
import { describe, expect, it } from 'vitest'
import { createStaticFiles } from '../../src/index.ts'
import { gatewayFiles } from '../../src/openapi/index.ts'
import { startGateway } from '../support/gateway-fixture.ts'

const staticFiles = createStaticFiles({ ...gatewayFiles(), ...STATIC_FILES })

describeStaticFiles('a gateway with files in memory', () => {
  const { send } = startGateway({ deps: { staticFiles } })
  return send
})

describe('static files', () => {
  it('answer HEAD without their content, and nothing else', async () => {
    const { send } = startGateway({ deps: { staticFiles } })
    const head = await send('/script.js', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await send('/script.js', { method: 'POST' })).status).toBe(404)
  })

  it('are for every page even where other answers are for some origins only', async () => {
    const { send } = startGateway({ deps: { staticFiles }, settings: { allowedOrigins: ['https://portal.example'] } })
    const readableFor = async (Origin: string) =>
      (await send('/script.js', { headers: { Origin } })).headers.get('Access-Control-Allow-Origin')
    expect(await readableFor('https://portal.example')).toBe('https://portal.example')
    expect(await readableFor('https://other.example')).toBe('*')
  })

  it('have the upload page of each dataset and resource, which runs no foreign code and no page may frame', async () => {
    const { send } = startGateway({ deps: { staticFiles: createStaticFiles({ 'upload.html': '<h1>Upload</h1>' }) } })
    for (const place of ['city-budget', '0b4c7f5e-7d0c-4f43-9d2c-3b6f4f3d5a11', '%E6%9D%B1%E4%BA%AC']) {
      const page = await send(`/upload/${place}`)
      expect([page.status, await page.text()]).toEqual([200, '<h1>Upload</h1>'])
      expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
      expect(page.headers.get('Content-Security-Policy')).toMatch(/script-src 'self';.*frame-ancestors 'none'/u)
    }
    expect((await send('/upload/city-budget', { method: 'POST' })).status).toBe(405)
    expect((await send('/upload/')).status).toBe(404)
  })

  it('have the page of upload links where links are on', async () => {
    const deps = { staticFiles: createStaticFiles({ 'link.html': '<h1>Deliver</h1>' }) }
    const page = await startGateway({ deps, settings: { uploadLinks: true } }).send('/link')
    expect([page.status, await page.text()]).toEqual([200, '<h1>Deliver</h1>'])
    expect(page.headers.get('Content-Security-Policy')).toMatch(/script-src 'self';.*frame-ancestors 'none'/u)
    expect(page.headers.get('Referrer-Policy')).toBe('no-referrer')
    expect((await startGateway({ deps }).send('/link')).status).toBe(404)
  })

  it('tell the upload page where CKAN takes files by its session, if CKAN has the plugin', async () => {
    const files = createStaticFiles({ 'upload.html': '<html><head><title>$&</title>' })
    const settings = { ckanUrl: 'https://ckan.internal', ckanSiteUrl: 'https://data.example.org/"a&b"' }
    const textWith = async (deps: object) =>
      (await startGateway({ settings, deps: { staticFiles: files, ...deps } }).send('/upload/city-budget')).text()
    expect(await textWith({})).toBe('<html><head><title>$&</title>')
    expect(await textWith({ grantSecrets: async () => [] })).toBe(
      '<html><head>\n<meta name="ckan-upload" content="https://data.example.org/&quot;a&amp;b&quot;/uplink/upload/"><title>$&</title>',
    )
  })

  it('may be absent: the gateway says so, and CKAN answers for the help', async () => {
    const { send } = startGateway({ deps: { staticFiles: undefined }, settings: { passThrough: false } })
    const answer = await send('/openapi.json')
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('without its API description')])
    expect((await send('/api/3/action/help_show?name=upload_show')).status).toBe(404)
    expect((await send('/script.js')).status).toBe(404)
  })

  it('have no upload page where the gateway passes nothing on to CKAN: the page asks CKAN for names', async () => {
    const { send } = startGateway({ deps: { staticFiles }, settings: { passThrough: false } })
    const answer = await send('/upload/city-budget')
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('PASS_THROUGH')])
  })
})
