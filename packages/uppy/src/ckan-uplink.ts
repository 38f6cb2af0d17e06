import { isOpen, openTransfers, type Place, type Transfer, type Transfers } from '@ckan-uplink/widget/transfers'
import { BasePlugin, type Body, type Meta, type PluginOpts, type Uppy, type UppyFile } from '@uppy/core'
import { filterFilesToEmitUploadStarted, filterFilesToUpload } from '@uppy/core/utils'
import { cancel, change, type Entry, pause, resume, showProgress, tryAgain, untilOver } from './entry.ts'
import { createLinkedUrl } from './linked-urls.ts'
import { toNewFile } from './local-file.ts'
import { createReport } from './report.ts'

/** Give one of `dataset`, `resource` and `link`. */
export interface CkanUplinkOptions extends PluginOpts, Omit<Place, 'getToken' | 'followLoads'> {
  /** The CKAN token of the person, or a function that gives a token or a grant, called again every four minutes. */
  readonly token?: string | (() => Promise<string>) | undefined
}

const STRINGS = {
  checking: 'Checking the content',
  arrived: 'Arrived. CKAN will show it in a moment.',
  oneFile: 'This place takes one file.',
  noContent: 'The content of this file is not in this browser: choose the file from this device.',
}

/** Uploads the files of Uppy to CKAN. A file is complete when CKAN shows it. */
export class CkanUplink<M extends Meta, B extends Body> extends BasePlugin<CkanUplinkOptions, M, B> {
  readonly #entries = new Map<string, Entry>()

  constructor(uppy: Uppy<M, B>, options: CkanUplinkOptions) {
    super(uppy, options)
    this.id = options.id ?? 'CkanUplink'
    this.type = 'uploader'
    this.defaultLocale = { strings: STRINGS }
    this.i18nInit()
  }

  override install(): void {
    this.#allowPauses(true)
    this.uppy.addUploader(this.#upload)
    this.uppy.on('file-removed', this.#remove)
    this.uppy.on('upload-pause', this.#pauseOrResume)
    this.uppy.on('pause-all', this.#pauseAll)
    this.uppy.on('resume-all', this.#resumeAll)
  }

  override uninstall(): void {
    this.#allowPauses(false)
    this.uppy.removeUploader(this.#upload)
    this.uppy.off('file-removed', this.#remove)
    this.uppy.off('upload-pause', this.#pauseOrResume)
    this.uppy.off('pause-all', this.#pauseAll)
    this.uppy.off('resume-all', this.#resumeAll)
    for (const { transfers, end } of this.#entries.values()) {
      transfers.close()
      end()
    }
    this.#entries.clear()
  }

  #allowPauses(resumableUploads: boolean): void {
    this.uppy.setState({ capabilities: { ...this.uppy.getState().capabilities, resumableUploads } })
  }

  readonly #upload = async (ids: string[]): Promise<void> => {
    const files: readonly UppyFile<M, B>[] = filterFilesToUpload(this.uppy.getFilesByIds(ids))
    this.uppy.emit('upload-start', filterFilesToEmitUploadStarted([...files]))
    const known = files.flatMap(({ id }) => this.#entries.get(id) ?? [])
    const fresh = files.filter(({ id }) => !this.#entries.has(id))
    await Promise.all([...known.map(tryAgain), this.#send(fresh)])
  }

  async #send(files: readonly UppyFile<M, B>[]): Promise<void> {
    const ids = new Map<File, string>()
    const transfers = this.#open((transfer) => {
      if (transfer !== undefined) this.#change(ids.get(transfer.file) ?? '', transfer, transfers)
      else for (const entry of this.#entriesOf(ids.values())) showProgress(entry)
    })
    const linkedUrl = createLinkedUrl(transfers.action, this.opts)
    const given = files.flatMap((file) => {
      const report = createReport(this, file.id, linkedUrl)
      const newFile = toNewFile(file)
      const isTooMany = this.opts.resource !== undefined && ids.size > 0
      if (newFile === undefined || isTooMany) {
        report.fail(this.i18n(isTooMany ? 'oneFile' : 'noContent'))
        return []
      }
      ids.set(newFile.file, file.id)
      this.#entries.set(file.id, { transfers, report, end: () => {} })
      return [newFile]
    })
    const over = this.#entriesOf(ids.values()).map(untilOver)
    await transfers.add(given)
    await Promise.all(over)
  }

  #open(onChange: (transfer?: Transfer) => void): Transfers {
    const { token } = this.opts
    const getToken = async () => (typeof token === 'function' ? token() : (token ?? ''))
    const transfers = openTransfers({ ...this.opts, getToken }, onChange)
    if (transfers === undefined)
      throw new Error(`${this.id} needs the address of a \`gateway\`, and a \`dataset\`, \`resource\` or \`link\`.`)
    return transfers
  }

  #entriesOf(ids: Iterable<string>): readonly Entry[] {
    return [...ids].flatMap((id) => this.#entries.get(id) ?? [])
  }

  /** A person may have removed or paused the file while nothing could be stopped yet. */
  #change(id: string, transfer: Transfer, transfers: Transfers): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) void change(entry, transfer)
    if (!isOpen(transfer)) return
    if (entry === undefined) void transfers.cancel(transfer)
    else if (this.uppy.getFile(id).isPaused) transfers.pause(transfer)
  }

  readonly #remove = ({ id }: UppyFile<M, B>): void => {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    if (entry !== undefined) cancel(entry)
  }

  readonly #pauseOrResume = (file: UppyFile<M, B> | undefined, isPaused: boolean): void => {
    for (const entry of this.#entriesOf(file ? [file.id] : [])) (isPaused ? pause : resume)(entry)
  }

  readonly #pauseAll = (): void => {
    for (const entry of this.#entries.values()) pause(entry)
  }

  readonly #resumeAll = (): void => {
    for (const entry of this.#entries.values()) resume(entry)
  }
}
