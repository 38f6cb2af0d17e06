import { make } from './dom.ts'
import type { CkanForm, LeftFile } from './form.ts'
import { openTransfers } from './open-transfers.ts'
import { createProposals } from './proposals/proposals.ts'
import { showProposals } from './proposals/show-proposals.ts'
import type { CkanSession } from './session.ts'
import { STYLE } from './style.ts'
import { isOpen, isWanted, type Transfer, type TransferState } from './transfer.ts'
import type { NewFile, Transfers } from './transfers.ts'
import { showVersions } from './versions/show-versions.ts'
import { createVersions } from './versions/versions.ts'
import { createView, type View } from './view.ts'
import { wordsFor } from './words/languages.ts'
import type { Words } from './words/words.ts'

/** The detail of the events `uplink-change`, `uplink-arrived`, `uplink-linked` and `uplink-failed`. */
export interface UploadDetail {
  readonly state: TransferState
  readonly name: string
  readonly upload: string | undefined
  readonly resource: string | undefined
  readonly reason: string | undefined
  /** In a form of CKAN: the plugin's statement about the form that gets the file. */
  readonly form: string | undefined
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
  static readonly observedAttributes = ['gateway', 'dataset', 'resource', 'person', 'token', 'lang']

  /** Gives a token or a grant, in place of the attribute `token`. Called again before a grant can expire. */
  getToken: (() => Promise<string>) | undefined

  /** Signs the person in by CKAN's session, on a page of CKAN with the plugin. It takes the place of a token. */
  session: CkanSession | undefined

  /** A form of CKAN that gets one file, on a page with the plugin. It takes the place of dataset and resource. */
  form: CkanForm | undefined

  /** The fragment of an upload link's address, for people without an account. It takes the place of all others. */
  link: string | undefined

  #transfers: Transfers | undefined
  #view: View | undefined
  #words: Words = wordsFor('en').words
  #isStarting = false
  /** Choices that are still compared with unfinished uploads. */
  #adding = 0

  /** Whether files are on their way. Leaving the page would stop them. */
  get isBusy(): boolean {
    return this.#adding > 0 || (this.#transfers?.list.some(isOpen) ?? false)
  }

  /** Continues paused files. Returns whether files are on their way. */
  goOn(): boolean {
    for (const transfer of this.#transfers?.list ?? [])
      if (transfer.state === 'paused') this.#transfers?.resume(transfer)
    return this.isBusy
  }

  /**
   * Stops the file of a form that is not complete, so that the form can be saved without it. A component whose `form`
   * has `saved` continues it on another page. `undefined`: the upload has not begun, or there is none.
   */
  leave(): LeftFile | undefined {
    const left = this.#transfers?.list.find(({ state, begun, form }) => state === 'sending' && begun && form)
    if (!left?.begun || !left.form) return undefined
    this.#transfers?.pause(left)
    return { ...left.form, upload: left.begun.id, name: left.path }
  }

  /** Call it before a form is sent that names its file. A later visit has nothing to continue. */
  async release(): Promise<void> {
    await this.#transfers?.release()
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
      isSingle: this.#isSingle,
      add: (files) => this.#add(files),
      pause: (transfer) => transfers?.pause(transfer),
      resume: (transfer) => transfers?.resume(transfer),
      cancel: (transfer) => void transfers?.cancel(transfer),
      forget: (kept) => void transfers?.forget(kept).then(() => this.#forgotten()),
      notice: this.form?.saved ? this.#words.savedUnfinished : '',
    })
    this.#transfers = transfers
    this.#view = view
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    // A constructed sheet needs no inline style, which a strict policy of the page would refuse.
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(STYLE)
    root.adoptedStyleSheets = [sheet]
    root.replaceChildren(view.element)
    if (transfers !== undefined) this.#showForEditors(transfers, language)
    if (transfers === undefined) view.warn(this.#words.notSetUp)
    else void this.#showUnfinished()
  }

  #createTransfers(): Transfers | undefined {
    const given = (name: string) => this.getAttribute(name) ?? undefined
    const place = {
      gateway: given('gateway') ?? '',
      dataset: given('dataset'),
      resource: given('resource'),
      person: given('person'),
      link: this.link,
      getToken: async () => (this.getToken ? this.getToken() : (given('token') ?? '')),
      session: this.session,
      form: this.form,
      parts: this.hasAttribute('parts'),
      followLoads: true,
    }
    return openTransfers(place, (transfer) => this.#show(transfer))
  }

  /** Decisions about files that wait, and versions, need a token: grants and links allow none. */
  #showForEditors(transfers: Transfers, language: string): void {
    const [dataset, resource] = [this.getAttribute('dataset'), this.getAttribute('resource')]
    const hasToken = this.getToken !== undefined || this.hasAttribute('token')
    if (!hasToken || this.session || this.form || this.link || this.hasAttribute('parts')) return
    const view = this.#view?.element
    const context = { words: this.#words, language }
    const waiting = make('div')
    view?.append(waiting)
    const place = resource ? { resource } : dataset ? { dataset } : undefined
    if (place) showProposals(waiting, { ...context, proposals: createProposals(transfers, place) })
    if (resource && !this.hasAttribute('no-versions'))
      view?.append(showVersions({ ...context, versions: createVersions(transfers, resource) }))
  }

  get #isSingle(): boolean {
    return this.form !== undefined || this.hasAttribute('resource')
  }

  #add(files: readonly NewFile[]): void {
    const isTooMany = this.#isSingle && files.length > 1
    this.#view?.warn(isTooMany ? this.#words.tooMany : '')
    if (isTooMany) return
    if (this.form) this.#cancelAll()
    this.#adding += 1
    const added = this.#transfers?.add(files) ?? Promise.resolve()
    void added
      .finally(() => {
        this.#adding -= 1
      })
      .then(() => this.#showUnfinished())
  }

  /** A form has one file: another choice takes its place. */
  #cancelAll(): void {
    const chosen = this.#transfers?.list.filter(({ state }) => state !== 'cancelled') ?? []
    for (const transfer of chosen) void this.#transfers?.cancel(transfer)
  }

  #show(changed: Transfer | undefined): void {
    const { list } = this.#transfers ?? { list: [] }
    this.#view?.update(list, changed)
    if (changed === undefined) {
      const { sent, size } = sumOf(list)
      this.dispatchEvent(new CustomEvent('uplink-progress', { detail: { sent, size } }))
      return
    }
    const { state, path, begun, reason, form } = changed
    const about = { upload: begun?.id, resource: begun?.resource, form: form?.form }
    const detail: UploadDetail = { state, name: path, ...about, reason }
    for (const name of ['uplink-change', EVENTS[state] ?? []].flat())
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }

  #forgotten(): Promise<void> {
    this.dispatchEvent(new CustomEvent('uplink-forgotten', { bubbles: true, composed: true }))
    return this.#showUnfinished()
  }

  async #showUnfinished(): Promise<void> {
    this.#view?.showUnfinished((await this.#transfers?.unfinished()) ?? [])
  }

  readonly #warnBeforeLeaving = (event: BeforeUnloadEvent): void => {
    if (this.isBusy) event.preventDefault()
  }
}

function sumOf(list: readonly Transfer[]): { readonly sent: number; readonly size: number } {
  const wanted = list.filter(isWanted)
  return {
    sent: wanted.reduce((sum, { sent }) => sum + sent, 0),
    size: wanted.reduce((sum, { file }) => sum + file.size, 0),
  }
}
