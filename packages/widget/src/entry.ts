import { make, makeFacts, setText } from './dom.ts'
import { reasonOf } from './format.ts'
import type { Words } from './words/words.ts'

export interface EntryContext {
  readonly words: Words
  /** Tells it to people who do not see the line. */
  say(text: string): void
}

/** The line of a file in a list: what it is, buttons, and a form that takes their place. */
export interface Entry {
  readonly line: HTMLElement
  /** Holds the buttons. */
  readonly actions: HTMLElement
  button(label: string, onclick: () => void): HTMLButtonElement
  /** Fills the form. `opener` is the button that shows it, and `first` gets the focus then. */
  setForm(parts: FormParts): void
  /** Shows the form in place of the buttons, or the buttons again. */
  ask(isAsking: boolean): void
  /** Opens the address of the file. */
  open(findAddress: () => Promise<string | undefined>, onNone: () => void): Promise<void>
  /** Does what a person has decided, and says why it failed. */
  decide(work: () => Promise<void>): Promise<void>
  /** Shows the state of the file. */
  tell(kind: string, text: string): void
}

interface FormParts {
  readonly opener: HTMLElement
  readonly first: HTMLElement
  readonly children: readonly HTMLElement[]
  onsubmit(): void
}

export function createEntry(name: string, facts: readonly (string | undefined)[], context: EntryContext): Entry {
  const { words, say } = context
  const state = make('span', { class: 'state' })
  const actions = make('span', { class: 'actions' })
  const form = make('form', { hidden: true, onkeydown: leaveByEscape })
  const about = make('span', { class: 'about' }, ...makeFacts(facts))
  const title = make('span', { class: 'name', dir: 'auto' }, name)
  const line = make('li', { tabindex: -1, class: 'entry' }, title, about, actions, form, state)
  let opener: HTMLElement | undefined
  let first: HTMLElement | undefined

  function setForm({ children, onsubmit, ...focused }: FormParts): void {
    opener = focused.opener
    first = focused.first
    form.append(...children)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      onsubmit()
    })
  }

  function ask(isAsking: boolean): void {
    form.hidden = !isAsking
    actions.hidden = isAsking
    if (isAsking) first?.focus()
    else opener?.focus()
  }

  function leaveByEscape(event: Event): void {
    if ((event as KeyboardEvent).key === 'Escape') ask(false)
  }

  async function open(findAddress: () => Promise<string | undefined>, onNone: () => void): Promise<void> {
    try {
      const address = await findAddress()
      if (address === undefined) onNone()
      else location.assign(address)
    } catch (thrown) {
      tellFailure(thrown)
    }
  }

  async function decide(work: () => Promise<void>): Promise<void> {
    form.hidden = true
    actions.hidden = true
    // The buttons are gone, and the keyboard keeps its place.
    line.focus()
    tell('', words.deciding)
    try {
      await work()
    } catch (thrown) {
      tellFailure(thrown)
      actions.hidden = false
    }
  }

  function tellFailure(thrown: unknown): void {
    tell('failed', `${words.failed} · ${reasonOf(thrown)}`)
  }

  function tell(kind: string, text: string): void {
    line.className = `entry ${kind}`
    setText(state, text)
    say(`${name}: ${text}`)
  }

  return {
    line,
    actions,
    button: (label, onclick) => make('button', { type: 'button', 'aria-label': `${label}: ${name}`, onclick }, label),
    setForm,
    ask,
    open,
    decide,
    tell,
  }
}
