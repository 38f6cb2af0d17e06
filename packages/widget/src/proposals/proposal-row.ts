import { make, makeFacts, setText } from '../dom.ts'
import { formatMoment, formatSize, reasonOf } from '../format.ts'
import { fill } from '../words/languages.ts'
import type { Proposal } from './proposals.ts'
import type { ProposalsContext } from './show-proposals.ts'

export interface ProposalRowContext extends ProposalsContext {
  /** Tells it to people who do not see the row. */
  say(text: string): void
  /** Called when the file waits no more. */
  onDecided(): void
}

/** The line of a file that waits: what it is, and the decision. */
export function createProposalRow(proposal: Proposal, context: ProposalRowContext): HTMLElement {
  const { proposals, words, say, onDecided } = context
  const { id, name } = proposal
  const state = make('span', { class: 'state' })
  const buttons = {
    open: button(words.open, () => void open()),
    accept: button(words.accept, () => void decide(() => proposals.accept(id), words.linked)),
    refuse: button(words.refuse, () => ask(true)),
  }
  const reason = make('input', { type: 'text', required: true, maxlength: 1000, autocomplete: 'off' })
  const form = make(
    'form',
    { hidden: true, onsubmit: refuse, onkeydown: leaveByEscape },
    make('label', {}, words.reason, reason),
    make('button', { class: 'main', 'aria-label': `${words.refuse}: ${name}` }, words.refuse),
    button(words.keep, () => ask(false)),
  )
  const actions = make('span', { class: 'actions' }, buttons.open, buttons.accept, buttons.refuse)
  const about = make('span', { class: 'about' }, ...makeFacts(factsOf(proposal, context)))
  const title = make('span', { class: 'name', dir: 'auto' }, name)
  const row = make('li', { tabindex: -1, class: 'entry' }, title, about, actions, form, state)

  function button(label: string, onclick: () => void): HTMLButtonElement {
    return make('button', { type: 'button', 'aria-label': `${label}: ${name}`, onclick }, label)
  }

  function ask(isAsking: boolean): void {
    form.hidden = !isAsking
    actions.hidden = isAsking
    if (isAsking) reason.focus()
    else buttons.refuse.focus()
  }

  function leaveByEscape(event: Event): void {
    if ((event as KeyboardEvent).key === 'Escape') ask(false)
  }

  function refuse(event: Event): void {
    event.preventDefault()
    const text = reason.value.trim()
    if (text === '') reason.focus()
    else void decide(() => proposals.refuse(id, text), words.refused)
  }

  async function open(): Promise<void> {
    try {
      const address = await proposals.addressOf(id)
      if (address === undefined) tell('', words.cannotOpen)
      else location.assign(address)
    } catch (thrown) {
      tell('failed', `${words.failed} · ${reasonOf(thrown)}`)
    }
  }

  async function decide(send: () => Promise<void>, done: string): Promise<void> {
    form.hidden = true
    actions.hidden = true
    // The buttons are gone, and the keyboard keeps its place.
    row.focus()
    tell('', words.deciding)
    try {
      await send()
      tell('linked', done)
      onDecided()
    } catch (thrown) {
      tell('failed', `${words.failed} · ${reasonOf(thrown)}`)
      actions.hidden = false
    }
  }

  function tell(kind: string, text: string): void {
    row.className = `entry ${kind}`
    setText(state, text)
    say(`${name}: ${text}`)
  }

  return row
}

function factsOf({ size, at, by, note }: Proposal, { words, language }: ProposalRowContext) {
  return [
    size === undefined ? undefined : formatSize(size, language),
    at === undefined ? undefined : formatMoment(at, language),
    by === undefined ? undefined : fill(words.byLink, { person: by }),
    note,
  ]
}
