import { type IncomingHttpHeaders, request } from 'node:http'
import type { CkanCalls } from '../../support/ckan-calls.ts'
import type { Site } from './sites.ts'

/** A page or file that a person sees. */
export interface Page {
  readonly status: number
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A person with a browser: it keeps cookies, and says what a browser says about its requests. */
export interface Person {
  /** Opens an address. Redirects are not followed. */
  visit(url: string, headers?: Readonly<Record<string, string>>): Promise<Page>
  /** Opens an address, and follows redirects. The last page comes last. */
  open(url: string): Promise<readonly Page[]>
  /** Sends a form, and follows redirects. Returns the last page. */
  send(url: string, fields: Readonly<Record<string, string>>): Promise<Page>
  /** Sends JSON as a script of a page does. */
  post(url: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Page>
}

const MAX_REDIRECTS = 10
const PAGE = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', Accept: 'text/html' }

/** A person without an account. */
export function createPerson(): Person {
  // The CKAN and the gateway of a test have the same host: browsers do not tell ports apart in cookies.
  const cookies = new Map<string, string>()

  async function exchange(url: string, headers: Readonly<Record<string, string>>, body?: Response): Promise<Page> {
    const bytes = body && Buffer.from(await body.arrayBuffer())
    const type = body?.headers.get('Content-Type')
    const Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return new Promise((resolve, reject) => {
      const method = bytes === undefined ? 'GET' : 'POST'
      const sent = { ...headers, ...(Cookie && { Cookie }), ...(type && { 'Content-Type': type }) }
      const call = request(url, { method, headers: sent }, async (answer) => {
        for (const cookie of answer.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/u.exec(cookie) ?? []
          cookies.set(name, value)
        }
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk)
        const text = Buffer.concat(chunks).toString()
        resolve({ status: answer.statusCode ?? 0, url, headers: answer.headers, text })
      })
      call.once('error', reject)
      call.end(bytes)
    })
  }

  async function follow(first: Page): Promise<readonly Page[]> {
    const pages = [first]
    for (let last = first; last.headers.location !== undefined; ) {
      if (pages.length > MAX_REDIRECTS) throw new Error(`${first.url} leads in circles.`)
      last = await exchange(new URL(last.headers.location, last.url).href, PAGE)
      pages.push(last)
    }
    return pages
  }

  return {
    visit: (url, headers = PAGE) => exchange(url, headers),
    open: async (url) => follow(await exchange(url, PAGE)),
    async send(url, fields) {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      const pages = await follow(await exchange(url, { ...PAGE, Referer: url }, new Response(form)))
      return pages.at(-1) ?? Promise.reject(new Error('There is no page.'))
    },
    post: (url, body, headers = {}) => exchange(url, headers, Response.json(body)),
  }
}

/** Creates a user of CKAN with a password, with a role in the site's organization if one is given. */
export async function newUser({ act }: Pick<CkanCalls, 'act'>, site: Site, role?: 'editor' | 'member') {
  const name = `person-${crypto.randomUUID().slice(0, 8)}`
  const password = crypto.randomUUID()
  await act('user_create', { name, password, email: `${name}@example.org` }, 'admin')
  if (role) await act('organization_member_create', { id: site.organization, username: name, role }, 'admin')
  return { name, password }
}

/** Fills in the login page that the person sees. Returns the page after it. */
export async function logIn(person: Person, page: Page, user: { readonly name: string; readonly password: string }) {
  const token = fieldsOf(page.text)['_csrf_token'] ?? ''
  return person.send(page.url, { _csrf_token: token, login: user.name, password: user.password })
}

/** The fields of the forms of a page, as a browser would send them. */
export function fieldsOf(html: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [tag] of html.matchAll(/<input\b[^>]*>/gu)) {
    const { name, type = 'text', value = '' } = attributesOf(tag)
    const isSent = type !== 'file' && type !== 'submit' && (type !== 'radio' || /\bchecked\b/u.test(tag))
    if (name !== undefined && isSent && (type !== 'checkbox' || /\bchecked\b/u.test(tag))) fields[name] = value
  }
  for (const [, tag = '', text = ''] of html.matchAll(/<textarea\b([^>]*)>([^<]*)</gu)) {
    const { name } = attributesOf(tag)
    if (name !== undefined) fields[name] = decode(text)
  }
  return fields
}

function attributesOf(tag: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...tag.matchAll(/([\w-]+)="([^"]*)"/gu)].map(([, name = '', value = '']) => [name, decode(value)]),
  )
}

function decode(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
