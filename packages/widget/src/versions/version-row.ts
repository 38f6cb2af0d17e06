import { make, setText } from '../dom.ts'
import { createEntry, type EntryContext } from '../entry.ts'
import { formatMoment, formatSize } from '../format.ts'
import type { VersionsContext } from './show-versions.ts'
import type { Shown, Version } from './versions.ts'

export interface VersionRowContext extends VersionsContext, EntryContext {
  /** The question whether the file with this name replaces what CKAN showed with the list. */
  question(name: string): string
  /** What CKAN showed with the list. */
  shown(): Shown | undefined
  /** Called when CKAN shows the file again. */
  onRestored(name: string): void
}

/** The line of a version: what it is, and buttons to open and to restore it. */
export function createVersionRow(version: Version, context: VersionRowContext): HTMLElement {
  const { versions, words, onRestored } = context
  const { upload, name, state } = version
  const { line, actions, button, setForm, ask, open, decide, tell } = createEntry(
    name,
    factsOf(version, context),
    context,
  )
  const restore = button(words.restore, () => {
    setText(question, context.question(name))
    ask(true)
  })
  const openFile = () =>
    open(
      () => versions.addressOf(upload),
      () => tell('failed', words.gone),
    )
  if (state !== 'withdrawn') actions.append(button(words.open, () => void openFile()))
  if (state === 'replaced') actions.append(restore)
  const question = make('span', { id: `restore-${upload}` })
  const confirm = make('button', { class: 'main', 'aria-label': `${words.restore}: ${name}` }, words.restore)
  confirm.setAttribute('aria-describedby', question.id)

  async function restoreIt(): Promise<void> {
    await versions.restore(upload, context.shown())
    onRestored(name)
  }

  setForm({
    opener: restore,
    first: confirm,
    children: [question, confirm, button(words.cancel, () => ask(false))],
    onsubmit: () => void decide(restoreIt),
  })
  return line
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
