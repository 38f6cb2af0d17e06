import { make, makeFacts, setText } from '../dom.ts'
import { formatMoment, formatSize, reasonOf } from '../format.ts'
import type { VersionsContext } from './show-versions.ts'
import type { Shown, Version } from './versions.ts'

export interface VersionRowContext extends VersionsContext {
  /** The question whether the file with this name replaces what CKAN showed with the list. */
  question(name: string): string
  /** What CKAN showed with the list. */
  shown(): Shown | undefined
  /** Tells it to people who do not see the row. */
  say(text: string): void
  /** Called when CKAN shows the file again. */
  onRestored(name: string): void
}

/** The line of a version: what it is, and buttons to open and to restore it. */
export function createVersionRow(version: Version, context: VersionRowContext): HTMLElement {
  const { versions, words, say, onRestored } = context
  const { upload, name, state } = version
  const told = make('span', { class: 'state' })
  const restore = button(words.restore, () => ask(true))
  const actions = make('span', { class: 'actions' })
  if (state !== 'withdrawn') actions.append(button(words.open, () => void open()))
  if (state === 'replaced') actions.append(restore)
  const question = make('span', { id: `restore-${upload}` })
  const confirm = make('button', { class: 'main', 'aria-label': `${words.restore}: ${name}` }, words.restore)
  confirm.setAttribute('aria-describedby', question.id)
  const cancel = button(words.cancel, () => ask(false))
  const form = make('form', { hidden: true, onsubmit: send, onkeydown: leaveByEscape }, question, confirm, cancel)
  const title = make('span', { class: 'name', dir: 'auto' }, name)
  const about = make('span', { class: 'about' }, ...makeFacts(factsOf(version, context)))
  const row = make('li', { tabindex: -1, class: 'entry' }, title, about, actions, form, told)

  function button(label: string, onclick: () => void): HTMLButtonElement {
    return make('button', { type: 'button', 'aria-label': `${label}: ${name}`, onclick }, label)
  }

  function ask(isAsking: boolean): void {
    setText(question, context.question(name))
    form.hidden = !isAsking
    actions.hidden = isAsking
    if (isAsking) confirm.focus()
    else restore.focus()
  }

  function leaveByEscape(event: Event): void {
    if ((event as KeyboardEvent).key === 'Escape') ask(false)
  }

  async function open(): Promise<void> {
    try {
      const address = await versions.addressOf(upload)
      if (address === undefined) tell('failed', words.gone)
      else location.assign(address)
    } catch (thrown) {
      tell('failed', `${words.failed} · ${reasonOf(thrown)}`)
    }
  }

  function send(event: Event): void {
    event.preventDefault()
    void restoreIt()
  }

  async function restoreIt(): Promise<void> {
    form.hidden = true
    // The buttons are gone, and the keyboard keeps its place.
    row.focus()
    tell('', words.deciding)
    try {
      await versions.restore(upload, context.shown())
      onRestored(name)
    } catch (thrown) {
      tell('failed', `${words.failed} · ${reasonOf(thrown)}`)
      actions.hidden = false
    }
  }

  function tell(kind: string, text: string): void {
    row.className = `entry ${kind}`
    setText(told, text)
    say(`${name}: ${text}`)
  }

  return row
}

function factsOf(version: Version, { words, language }: VersionRowContext): readonly (string | undefined)[] {
  const { state, size, at, by, restored_from, withdrawn } = version
  if (withdrawn) return [words.withdrawn, formatMoment(withdrawn.at, language), withdrawn.by, withdrawn.reason]
  return [
    words[state],
    size === undefined ? undefined : formatSize(size, language),
    at === undefined ? undefined : formatMoment(at, language),
    by,
    restored_from === undefined ? undefined : words.isRestored,
  ]
}
