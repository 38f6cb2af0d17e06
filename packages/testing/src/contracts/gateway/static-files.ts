import { describe, expect, it } from 'vitest'

/** Files that the gateway under test has beside its own. */
export const STATIC_FILES: Readonly<Record<string, string>> = {
  'page.html': '<!doctype html><title>größer</title>',
  'script.js': "export const word = 'größer'\n",
  'chunk-AB12CD34.js': 'export const never = "changes"\n',
}

type Fetch = (path: string, init?: { readonly headers: Readonly<Record<string, string>> }) => Promise<Response>

/** The contract of a platform that keeps the gateway's static files. */
export function describeStaticFiles(name: string, fetchFrom: () => Fetch): void {
  describe(`the static files of ${name}`, () => {
    it('contain the API description, which also gives the help for actions', async () => {
      const description = JSON.parse(await (await fetchFrom()('/openapi.json')).text())
      expect(description).toMatchObject({ openapi: '3.1.1', servers: [{ url: expect.stringMatching(/^https?:/u) }] })
      const help = JSON.parse(await (await fetchFrom()('/api/3/action/help_show?name=upload_show')).text())
      expect(help.result).toContain(description.paths['/api/3/action/upload_show'].post.summary)
    })

    it('contain pages, which run only scripts of the gateway and which no page may frame', async () => {
      const response = await fetchFrom()('/page.html')
      expect([response.status, await response.text()]).toEqual([200, STATIC_FILES['page.html']])
      expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
      const policy = response.headers.get('Content-Security-Policy')
      for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
        expect(policy).toContain(rule)
    })

    it('contain scripts for pages of any site, and browsers keep scripts with a hash in their name', async () => {
      const response = await fetchFrom()('/script.js')
      expect([response.status, await response.text()]).toEqual([200, STATIC_FILES['script.js']])
      expect(response.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8')
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(response.headers.get('Cache-Control')).toBe('public, no-cache')
      const lasting = await fetchFrom()('/chunk-AB12CD34.js')
      expect(lasting.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
    })

    it('are sent again only when they have changed', async () => {
      const etag = String((await fetchFrom()('/script.js')).headers.get('ETag'))
      const known = await fetchFrom()('/script.js', { headers: { 'If-None-Match': etag } })
      expect([known.status, await known.text()]).toEqual([304, ''])
      expect((await fetchFrom()('/script.js', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200)
    })

    it.each(['/absent.js', '/static/script.js', '/..%2findex.mjs', '/index.mjs', '/functions.js', '/package.json'])(
      'do not contain %s',
      async (path) => {
        expect((await fetchFrom()(path)).status).toBe(404)
      },
    )
  })
}
