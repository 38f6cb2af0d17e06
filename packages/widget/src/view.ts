import { make, setText } from './dom.ts'
import { readChosen, readDropped } from './dropped.ts'
import { formatCount } from './format.ts'
import type { KeptUpload } from './kept-uploads.ts'
import { createRow, describe, type Row, type RowContext } from './row.ts'
import { createTotal } from './total.ts'
import { hasArrived, type Transfer, type TransferState } from './transfer.ts'
import type { NewFile } from './transfers.ts'
import { showUnfinished } from './unfinished.ts'
import { fill } from './words/languages.ts'

export interface ViewContext extends RowContext {
  /** Whether the place takes one file only. */
  readonly isSingle: boolean
  /** A text above all until a file has arrived, or none. */
  readonly notice: string
  add(files: readonly NewFile[]): void
  forget(kept: KeptUpload): void
}

/** What people see. */
export interface View {
  readonly element: HTMLElement
  update(list: readonly Transfer[], changed?: Transfer): void
  showUnfinished(unfinished: readonly KeptUpload[]): void
  /** Shows a message about the whole component. */
  warn(message: string): void
}

/** The states that a screen reader announces. Others change too often. */
const SPOKEN: readonly TransferState[] = ['paused', 'ready', 'proposed', 'linked', 'loaded', 'failed', 'cancelled']

export function createView(context: ViewContext): View {
  const { words, language } = context
  const rows = new Map<Transfer, Row>()
  const total = createTotal(words, language)
  const spoken = make('div', { class: 'spoken', role: 'status' })
  const message = make('p', { class: 'message', role: 'alert', hidden: true })
  const list = make('ul', { 'aria-label': words.files, hidden: true })
  let unfinished = make('section', { hidden: true })
  const notice = make('p', { class: 'notice', hidden: context.notice === '' }, context.notice)
  const parts = [notice, createDrop(context), message, total.element, list, unfinished, spoken]
  const element = make('div', { lang: language, dir: directionOf(language) }, ...parts)

  function say(transfer: Transfer): void {
    if (SPOKEN.includes(transfer.state)) setText(spoken, `${transfer.path}: ${describe(transfer, words, language)}`)
  }

  function addRows(all: readonly Transfer[]): void {
    const added = all.filter((transfer) => !rows.has(transfer))
    for (const transfer of added) {
      const row = createRow(transfer, context)
      rows.set(transfer, row)
      list.append(row.element)
    }
    list.hidden = all.length === 0
    const [first] = added
    if (first === undefined) return
    const count = formatCount(added.length, language)
    setText(
      spoken,
      added.length === 1 ? fill(words.fileAdded, { name: first.path }) : fill(words.filesAdded, { count }),
    )
  }

  return {
    element,
    update(all, changed) {
      addRows(all)
      if (changed === undefined) for (const transfer of all) updateMoving(transfer)
      else rows.get(changed)?.update()
      if (changed !== undefined) say(changed)
      if (all.some(hasArrived)) notice.hidden = true
      total.update(all)
    },
    showUnfinished(kept) {
      const shown = showUnfinished(kept, { ...context, add: (file) => context.add([file]) })
      unfinished.replaceWith(shown)
      unfinished = shown
    },
    warn(text) {
      message.hidden = text === ''
      setText(message, text)
    },
  }

  function updateMoving(transfer: Transfer): void {
    if (transfer.state === 'sending') rows.get(transfer)?.update()
  }
}

/** The area with the buttons, where people drop files. */
function createDrop({ words, isSingle, add }: ViewContext): HTMLElement {
  const picker = createPicker({ multiple: !isSingle }, add)
  const folder = createPicker({ multiple: true, webkitdirectory: true }, add)
  const area = make(
    'div',
    { class: 'drop' },
    choosing(isSingle ? words.chooseFile : words.choose, picker, 'main'),
    ...(isSingle ? [] : [choosing(words.chooseFolder, folder, '')]),
    picker,
    folder,
    make('p', {}, isSingle ? words.dropFile : words.drop),
  )
  area.addEventListener('dragover', (event) => {
    event.preventDefault()
    area.classList.add('over')
  })
  area.addEventListener('dragleave', () => area.classList.remove('over'))
  area.addEventListener('drop', (event) => {
    event.preventDefault()
    area.classList.remove('over')
    if (event.dataTransfer) readDropped(event.dataTransfer).then(add, console.error)
  })
  return area
}

function createPicker(properties: Readonly<Record<string, boolean>>, add: ViewContext['add']): HTMLInputElement {
  const input = make('input', { type: 'file', hidden: true, ...properties })
  input.addEventListener('change', () => {
    add(readChosen(input.files ?? []))
    // The same file again is a change only after this.
    input.value = ''
  })
  return input
}

function choosing(label: string, input: HTMLInputElement, kind: string): HTMLElement {
  return make('button', { type: 'button', class: kind, onclick: () => input.click() }, label)
}

/** Only newer browsers know the direction of a language. The page's own direction counts for the others. */
function directionOf(language: string): string {
  const isRightToLeft = /^(?:ar|dv|fa|he|ku-arab|ps|sd|ug|ur|yi)\b/iu.test(language)
  return isRightToLeft ? 'rtl' : 'ltr'
}
