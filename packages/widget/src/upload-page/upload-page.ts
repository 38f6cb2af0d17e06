import { make } from '../dom.ts'
import { fill } from '../words/languages.ts'
import { AnswerError, findPlace, type Place } from './ask-ckan.ts'
import { pageWordsFor } from './page-words.ts'

/**
 * The page `/upload/<dataset or resource>` of the gateway: leads to the page of CKAN's plugin, or asks for a
 * token, shows who sends files and where to, and then has the web component. The token stays in the tab.
 */

const TOKEN = 'ckan-uplink-token'
/** A line break or another control character makes a header invalid. */
const IS_TOKEN = /^[\x21-\x7e]+$/u

const main = document.querySelector('main') ?? document.body
const place = decode(location.pathname.split('/').filter(Boolean).at(-1) ?? '')
const { words, language } = pageWordsFor(navigator.languages)
const heading = make('h1', { tabindex: '-1' }, words.title)

document.documentElement.lang = language
document.title = words.title
await open()

/** Shows the place if the tab has a token, and asks for a token if it has none. */
async function open(): Promise<void> {
  const token = sessionStorage.getItem(TOKEN)
  try {
    if (token === null) askToken()
    else showPlace(await findPlace(place, token), token)
  } catch (error) {
    const status = error instanceof AnswerError ? error.status : 0
    if (status === 401 || status === 403) askToken(words.refused)
    else if (status === 404) showFault(fill(words.notFound, { place }), signOut())
    else
      showFault(words.noAnswer, make('button', { type: 'button', onclick: () => void open() }, words.retry), signOut())
  }
}

function askToken(fault?: string): void {
  const input = make('input', {
    id: 'token',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    'aria-describedby': 'about-token',
  })
  const send = (event: Event): void => {
    event.preventDefault()
    const token = input.value.trim()
    if (IS_TOKEN.test(token)) {
      sessionStorage.setItem(TOKEN, token)
      void open()
    } else askToken(words.refused)
  }
  const session = signInAtCkan()
  const form = make(
    'form',
    { onsubmit: send },
    make('p', { id: 'about-token' }, session.length > 0 ? `${words.orToken}${words.askToken}` : words.askToken),
    make('label', { for: 'token' }, words.token),
    input,
    make('button', { class: session.length > 0 ? '' : 'main' }, words.signIn),
  )
  show(...alertOf(fault), ...session, form)
  if (session.length === 0) input.focus()
}

/** CKAN's plugin has a page of its own for the place, so that no credential leaves CKAN. Empty without the plugin. */
function signInAtCkan(): readonly Node[] {
  const pages = document.querySelector<HTMLMetaElement>('meta[name="ckan-upload"]')?.content
  if (pages === undefined) return []
  const href = `${pages}${encodeURIComponent(place)}`
  return [make('p', {}, make('a', { class: 'button main', href }, words.signInAtCkan))]
}

function showPlace({ person, organization, dataset, resource }: Place, token: string): void {
  const uploader = document.createElement('ckan-uplink')
  uploader.setAttribute('gateway', location.origin)
  uploader.setAttribute(resource ? 'resource' : 'dataset', (resource ?? dataset).id)
  uploader.setAttribute('person', person)
  uploader.getToken = async () => token
  const facts = [
    [words.person, person],
    [words.organization, organization],
    [words.dataset, dataset.title],
    [words.resource, resource?.name],
  ] as const
  const list = facts.flatMap(([label, text]) => (text ? [make('dt', {}, label), make('dd', {}, text)] : []))
  const note = make('p', {}, resource ? words.replacesFile : words.addsFiles)
  show(make('dl', {}, ...list), note, uploader, make('p', {}, signOut()))
  heading.focus()
}

function showFault(text: string, ...buttons: readonly Node[]): void {
  show(...alertOf(text), make('p', {}, ...buttons))
}

/** The browser asks the person first while files are on their way. */
function signOut(): HTMLButtonElement {
  const leave = (): void => {
    sessionStorage.removeItem(TOKEN)
    location.reload()
  }
  return make('button', { type: 'button', onclick: leave }, words.signOut)
}

function alertOf(text: string | undefined): readonly Node[] {
  return text === undefined ? [] : [make('p', { role: 'alert', class: 'fault' }, text)]
}

function show(...content: readonly Node[]): void {
  main.replaceChildren(heading, ...content)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
