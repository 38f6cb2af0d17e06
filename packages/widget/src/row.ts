import { make, setText } from './dom.ts'
import { formatSize } from './format.ts'
import { EMPTY_FILE } from './prepare.ts'
import { isOpen, type Transfer } from './transfer.ts'
import { fill } from './words/languages.ts'
import type { Words } from './words/words.ts'

export interface RowContext {
  readonly words: Words
  readonly language: string
  pause(transfer: Transfer): void
  resume(transfer: Transfer): void
  cancel(transfer: Transfer): void
}

/** The line of one file. */
export interface Row {
  readonly element: HTMLElement
  update(): void
}

/** One button changes between pause, continue and retry, so that it keeps the focus. */
export function createRow(transfer: Transfer, context: RowContext): Row {
  const { words, language } = context
  const { path, file } = transfer
  const state = make('span', { class: 'state' })
  const bar = make('progress', { max: Math.max(1, file.size), 'aria-label': path })
  const toggle = make('button', { type: 'button', onclick: act })
  const cancel = make('button', { type: 'button', onclick: () => context.cancel(transfer) }, words.cancel)
  cancel.setAttribute('aria-label', `${words.cancel}: ${path}`)
  const name = make('span', { class: 'name', dir: 'auto' }, path)
  const element = make('li', { tabindex: -1 }, name, state, make('span', { class: 'actions' }, toggle, cancel), bar)

  function act(): void {
    if (isOpen(transfer)) context.pause(transfer)
    else context.resume(transfer)
  }

  function update(): void {
    const isStopped = transfer.state === 'paused' || transfer.state === 'failed'
    const isOver = !isOpen(transfer) && !isStopped
    element.className = transfer.state
    bar.value = file.size === 0 && isOver ? 1 : transfer.sent
    bar.hidden = isOver || transfer.state === 'waiting'
    setText(state, describe(transfer, words, language))
    const label = isOpen(transfer) ? words.pause : transfer.state === 'failed' ? words.retry : words.resume
    setText(toggle, label)
    toggle.setAttribute('aria-label', `${label}: ${path}`)
    // A hidden button loses the focus, and the keyboard its place.
    const { activeElement } = element.getRootNode() as ShadowRoot
    toggle.hidden = isOver
    // A form that is not saved yet can do without the file.
    cancel.hidden = isOver && transfer.state !== 'ready'
    if ([toggle, cancel].some((button) => button.hidden && button === activeElement)) element.focus()
  }

  update()
  return { element, update }
}

/** The state of a file, with the reason when it has one. */
export function describe(transfer: Transfer, words: Words, language: string): string {
  const { state, reason, sent, file } = transfer
  const isMoving = state === 'sending' || (state === 'paused' && sent > 0)
  const size = formatSize(file.size, language)
  const progress = isMoving ? fill(words.progress, { sent: formatSize(sent, language), size }) : size
  const why = reason === EMPTY_FILE ? words.emptyFile : reason
  return [words[state], why ?? progress].filter(Boolean).join(' · ')
}
