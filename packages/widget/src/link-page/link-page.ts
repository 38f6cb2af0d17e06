import { make } from '../dom.ts'
import { formatCount, formatSize } from '../format.ts'
import { parseLink } from '../link.ts'
import { fill } from '../words/languages.ts'
import { linkWordsFor } from './link-words.ts'

/**
 * The page `/link#<id>-<secret>` of the gateway: shows people without an account where their files go, and has the web
 * component. The browser sends the fragment to no server. The script sends it to the gateway alone.
 */

/** What the gateway says of a link. It names no user. */
interface PlaceOfLink {
  readonly title: string
  readonly resource?: string
  readonly note?: string
  readonly publish: boolean
  readonly expires_at: string
  readonly files_left: number
  readonly bytes_left: number
}

const main = document.querySelector('main') ?? document.body
const { words, language } = linkWordsFor(navigator.languages)
const heading = make('h1', { tabindex: '-1' }, words.title)

document.documentElement.lang = language
document.title = words.title
// Another link in the same tab changes only the fragment.
addEventListener('hashchange', () => location.reload())
await open()

async function open(): Promise<void> {
  const link = parseLink(location.hash)
  if (link === undefined) return showFault(words.incomplete)
  const response = await fetch('/api/3/action/upload_link_show', {
    method: 'POST',
    headers: { Authorization: link.token, 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: link.id }),
  }).catch(() => undefined)
  if (response?.ok) showPlace((await response.json()).result)
  else if (response?.status === 403 || response?.status === 404) showFault(words.refused)
  else showFault(words.noAnswer, make('button', { type: 'button', onclick: () => void open() }, words.retry))
}

function showPlace({ title, resource, note, publish, expires_at, files_left, bytes_left }: PlaceOfLink): void {
  const uploader = document.createElement('ckan-uplink')
  uploader.setAttribute('gateway', location.origin)
  uploader.link = location.hash
  const until = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(
    new Date(expires_at),
  )
  const facts = [
    [words.dataset, title],
    [words.resource, resource],
    [words.note, note],
    [words.until, until],
  ] as const
  const list = facts.flatMap(([label, text]) => (text ? [make('dt', {}, label), make('dd', {}, text)] : []))
  const left = fill(words.left, {
    files: formatCount(files_left, language),
    size: formatSize(bytes_left, language),
  })
  const rules = make('p', {}, `${left} ${publish ? words.publishes : words.waits}`)
  show(make('p', {}, words.intro), make('dl', {}, ...list), rules, uploader)
  heading.focus()
}

function showFault(text: string, ...buttons: readonly Node[]): void {
  show(make('p', { role: 'alert', class: 'fault' }, text), make('p', {}, ...buttons))
}

function show(...content: readonly Node[]): void {
  main.replaceChildren(heading, ...content)
}
