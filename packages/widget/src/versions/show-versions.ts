import { make, setText } from '../dom.ts'
import { reasonOf } from '../format.ts'
import type { Words } from '../words/words.ts'
import { askToRestore } from './ask-to-restore.ts'
import { createVersionRow } from './version-row.ts'
import type { Shown, Version, Versions } from './versions.ts'

export interface VersionsContext {
  readonly versions: Versions
  readonly words: Words
  readonly language: string
}

/** A part of the page that stays closed, and asks for the files of a resource when a person opens it. */
export function showVersions(context: VersionsContext): HTMLElement {
  const { versions, words } = context
  const spoken = make('div', { class: 'spoken', role: 'status' })
  const list = make('ul', { 'aria-label': words.versions, hidden: true })
  const told = make('p', { class: 'state' })
  const summary = make('summary', {}, words.versions)
  const older = make('button', { type: 'button', hidden: true, onclick: () => void showOlder() }, words.olderVersions)
  const details = make('details', { ontoggle: () => void (details.open && load()) }, summary, list, told, older, spoken)
  let listed: readonly Version[] = []
  let shown: Shown | undefined
  let next: string | null = null
  let turn = 0

  const say = (text: string) => setText(spoken, text)

  /** Other files may have come since the last load. Of two loads at once, the later one counts. */
  async function load(after?: string): Promise<void> {
    turn += 1
    const mine = turn
    setText(told, words.deciding)
    try {
      const page = await versions.list(after)
      if (mine !== turn) return
      if (after === undefined) begin(page.shown)
      listed = [...listed, ...page.versions]
      next = page.next
      list.append(...page.versions.map((version) => createVersionRow(version, row)))
      list.hidden = listed.length === 0
      setText(told, list.hidden && next === null ? words.noVersions : '')
    } catch (thrown) {
      if (mine !== turn) return
      setText(told, `${words.failed} · ${reasonOf(thrown)}`)
      say(told.textContent ?? '')
    }
    older.hidden = next === null
  }

  /** Older versions change nothing of what the person has seen CKAN show. */
  function begin(now: Shown): void {
    list.replaceChildren()
    listed = []
    shown = now
  }

  /** The button may be gone. The keyboard goes on with the first row that was added, or stays near. */
  async function showOlder(): Promise<void> {
    const last = list.lastElementChild
    await load(next ?? undefined)
    const added = last === null ? list.firstElementChild : last.nextElementSibling
    focus(added ?? (older.hidden ? (last ?? summary) : older))
  }

  async function showRestored(name: string): Promise<void> {
    await load()
    say(`${name}: ${words.linked}`)
    focus(list.firstElementChild)
  }

  const row = {
    ...context,
    say,
    question: (name: string) => askToRestore(words, name, shown, listed),
    shown: () => shown,
    onRestored: (name: string) => void showRestored(name),
  }

  return details
}

function focus(element: Element | null | undefined): void {
  if (element instanceof HTMLElement) element.focus()
}
