import { openTransfers } from './open-transfers.ts'
import { createProposals } from './proposals/proposals.ts'
import { showProposals } from './proposals/show-proposals.ts'
import type { CkanSession } from './session.ts'
import { STYLE } from './style.ts'
import { isOpen, type Transfer } from './transfer.ts'
import type { NewFile, Transfers } from './transfers.ts'
import { createView, type View } from './view.ts'
import { wordsFor } from './words/languages.ts'
import type { Words } from './words/words.ts'

/** The detail of the events `uplink-arrived`, `uplink-linked` and `uplink-failed`. */
export interface UploadDetail {
  readonly name: string
  readonly upload: string | undefined
  readonly resource: string | undefined
  readonly reason: string | undefined
}

/** Node has no elements. There the module can still be imported, for example to render pages on a server. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement)

const EVENTS: Readonly<Record<string, string>> = {
  arrived: 'uplink-arrived',
  linked: 'uplink-linked',
  failed: 'uplink-failed',
}

/** `<ckan-uplink gateway="…" dataset="…">`: uploads files to a dataset, or a file to a resource. */
export class UplinkElement extends Base {
  static readonly observedAttributes = ['gateway', 'dataset', 'resource', 'token', 'lang']

  /** Gives a token or a grant, in place of the attribute `token`. Called again before a grant can expire. */
  getToken: (() => Promise<string>) | undefined

  /** Signs the person in by CKAN's session, on a page of CKAN with the plugin. It takes the place of a token. */
  session: CkanSession | undefined

  /** The fragment of an upload link's address, for people without an account. It takes the place of all others. */
  link: string | undefined

  #transfers: Transfers | undefined
  #view: View | undefined
  #words: Words = wordsFor('en').words
  #isStarting = false

  /** Whether files are on their way. Leaving the page would stop them. */
  get isBusy(): boolean {
    return this.#transfers?.list.some(isOpen) ?? false
  }

  /** Adds files as if a person had chosen them. */
  add(files: Iterable<File>): void {
    this.#add([...files].map((file) => ({ file, path: file.webkitRelativePath || file.name })))
  }

  connectedCallback(): void {
    addEventListener('beforeunload', this.#warnBeforeLeaving)
    this.#startSoon()
  }

  disconnectedCallback(): void {
    removeEventListener('beforeunload', this.#warnBeforeLeaving)
    this.#transfers?.close()
    this.#transfers = undefined
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before !== after && this.isConnected) this.#startSoon()
  }

  /** Several attributes change together, and a page sets `getToken` after it has made the element. */
  #startSoon(): void {
    if (this.#isStarting) return
    this.#isStarting = true
    queueMicrotask(() => {
      this.#isStarting = false
      if (this.isConnected) this.#start()
    })
  }

  #start(): void {
    this.#transfers?.close()
    const { words, language } = wordsFor(this.closest('[lang]')?.getAttribute('lang') || navigator.language)
    this.#words = words
    const transfers = this.#createTransfers()
    const view = createView({
      words: this.#words,
      language,
      isSingle: this.hasAttribute('resource'),
      add: (files) => this.#add(files),
      pause: (transfer) => transfers?.pause(transfer),
      resume: (transfer) => transfers?.resume(transfer),
      cancel: (transfer) => void transfers?.cancel(transfer),
      forget: (kept) => void transfers?.forget(kept).then(() => this.#showUnfinished()),
    })
    this.#transfers = transfers
    this.#view = view
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    // A constructed sheet needs no inline style, which a strict policy of the page would refuse.
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(STYLE)
    root.adoptedStyleSheets = [sheet]
    root.replaceChildren(view.element)
    if (transfers !== undefined) this.#showProposals(transfers, language)
    if (transfers === undefined) view.warn(this.#words.notSetUp)
    else void this.#showUnfinished()
  }

  #createTransfers(): Transfers | undefined {
    const given = (name: string) => this.getAttribute(name) ?? undefined
    const place = {
      gateway: given('gateway') ?? '',
      dataset: given('dataset'),
      resource: given('resource'),
      link: this.link,
      getToken: async () => (this.getToken ? this.getToken() : (given('token') ?? '')),
      session: this.session,
      parts: this.hasAttribute('parts'),
      followLoads: true,
    }
    return openTransfers(place, (transfer) => this.#show(transfer))
  }

  /** Decisions need a token: grants and links allow none. */
  #showProposals(transfers: Transfers, language: string): void {
    const [dataset, resource] = [this.getAttribute('dataset'), this.getAttribute('resource')]
    const place = resource ? { resource } : dataset ? { dataset } : undefined
    const hasToken = this.getToken !== undefined || this.hasAttribute('token')
    if (!place || !hasToken || this.session || this.link || this.hasAttribute('parts')) return
    const proposals = createProposals(transfers, place)
    if (this.#view) showProposals(this.#view.element, { proposals, words: this.#words, language })
  }

  #add(files: readonly NewFile[]): void {
    const isTooMany = this.hasAttribute('resource') && files.length > 1
    this.#view?.warn(isTooMany ? this.#words.tooMany : '')
    if (isTooMany) return
    void this.#transfers?.add(files).then(() => this.#showUnfinished())
  }

  #show(changed: Transfer | undefined): void {
    const { list } = this.#transfers ?? { list: [] }
    this.#view?.update(list, changed)
    const name = EVENTS[changed?.state ?? '']
    if (changed === undefined || name === undefined) return
    const { path, begun, reason } = changed
    const detail: UploadDetail = { name: path, upload: begun?.id, resource: begun?.resource, reason }
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }

  async #showUnfinished(): Promise<void> {
    this.#view?.showUnfinished((await this.#transfers?.unfinished()) ?? [])
  }

  readonly #warnBeforeLeaving = (event: BeforeUnloadEvent): void => {
    if (this.isBusy) event.preventDefault()
  }
}
