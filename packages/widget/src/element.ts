import { createUplink, type Uplink } from '@ckan-uplink/client'
import { checksumInWorker } from './checksum.ts'
import { createToken } from './credentials.ts'
import { createKeptUploads } from './kept-uploads.ts'
import { parseLink } from './link.ts'
import type { ByGrants, CkanSession } from './session.ts'
import { STYLE } from './style.ts'
import { isOpen, type Transfer } from './transfer.ts'
import { createTransfers, type NewFile, type Transfers } from './transfers.ts'
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
    if (transfers === undefined) view.warn(this.#words.notSetUp)
    else void this.#showUnfinished()
  }

  #createTransfers(): Transfers | undefined {
    const gateway = (this.getAttribute('gateway') ?? '').replace(/\/+$/u, '')
    const dataset = this.getAttribute('dataset')
    const resource = this.getAttribute('resource')
    const link = parseLink(this.link ?? '')
    if (!URL.canParse(gateway) || !(dataset || resource || link)) return undefined
    const isInParts = this.hasAttribute('parts') || this.session !== undefined || link !== undefined
    const given = async () => (this.getToken ? this.getToken() : (this.getAttribute('token') ?? ''))
    const token = createToken(async () => link?.token ?? given())
    return createTransfers({
      uplink: createUplink({ gateway, token }),
      gateway,
      target: link ? { link: link.id } : resource ? { resource } : { dataset: dataset ?? '' },
      byGrants: this.session && byGrants(this.session, gateway),
      multipart: isInParts || undefined,
      followLoads: !isInParts,
      kept: createKeptUploads(),
      checksum: checksumInWorker,
      onChange: (transfer) => this.#show(transfer),
    })
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

function byGrants({ action, getGrant }: CkanSession, gateway: string): ByGrants {
  const senders = new Map<string, Uplink>()
  const create = (resource: string) => createUplink({ gateway, token: createToken(() => getGrant(resource)) })
  return {
    action,
    senderFor(resource) {
      const sender = senders.get(resource) ?? create(resource)
      senders.set(resource, sender)
      return sender
    },
  }
}
