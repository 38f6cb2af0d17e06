import { make } from '../dom.ts'
import { createEntry, type EntryContext } from '../entry.ts'
import { formatMoment, formatSize } from '../format.ts'
import { fill } from '../words/languages.ts'
import type { Proposal } from './proposals.ts'
import type { ProposalsContext } from './show-proposals.ts'

export interface ProposalRowContext extends ProposalsContext, EntryContext {
  /** Called when the file waits no more. */
  onDecided(): void
}

/** The line of a file that waits: what it is, and the decision. */
export function createProposalRow(proposal: Proposal, context: ProposalRowContext): HTMLElement {
  const { proposals, words, onDecided } = context
  const { id, name } = proposal
  const { line, actions, button, setForm, ask, open, decide, tell } = createEntry(
    name,
    factsOf(proposal, context),
    context,
  )
  const openFile = () =>
    open(
      () => proposals.addressOf(id),
      () => tell('', words.cannotOpen),
    )
  const send = (decision: () => Promise<void>, done: string) =>
    decide(async () => {
      await decision()
      tell('linked', done)
      onDecided()
    })
  const refuseButton = button(words.refuse, () => ask(true))
  actions.append(
    button(words.open, () => void openFile()),
    button(words.accept, () => void send(() => proposals.accept(id), words.linked)),
    refuseButton,
  )
  const reason = make('input', { type: 'text', required: true, maxlength: 1000, autocomplete: 'off' })

  function refuse(): void {
    const text = reason.value.trim()
    if (text === '') reason.focus()
    else void send(() => proposals.refuse(id, text), words.refused)
  }

  setForm({
    opener: refuseButton,
    first: reason,
    children: [
      make('label', {}, words.reason, reason),
      make('button', { class: 'main', 'aria-label': `${words.refuse}: ${name}` }, words.refuse),
      button(words.keep, () => ask(false)),
    ],
    onsubmit: refuse,
  })
  return line
}

function factsOf({ size, at, by, note }: Proposal, { words, language }: ProposalRowContext) {
  return [
    size === undefined ? undefined : formatSize(size, language),
    at === undefined ? undefined : formatMoment(at, language),
    by === undefined ? undefined : fill(words.byLink, { person: by }),
    note,
  ]
}
