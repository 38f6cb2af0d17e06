import { make, setText } from '../dom.ts'
import type { Words } from '../words/words.ts'
import { createProposalRow } from './proposal-row.ts'
import type { Proposals } from './proposals.ts'

export interface ProposalsContext {
  readonly proposals: Proposals
  readonly words: Words
  readonly language: string
}

/** Shows the files that wait for a decision at the end of `parent`, to people who have some to decide on. */
export function showProposals(parent: HTMLElement, context: ProposalsContext): void {
  const { proposals, words } = context
  const spoken = make('div', { class: 'spoken', role: 'status' })
  const list = make('ul', { 'aria-labelledby': 'proposals' })
  const section = make(
    'section',
    {},
    make('h2', { id: 'proposals' }, words.proposals),
    make('p', { class: 'state' }, words.proposalsAbout),
    list,
    spoken,
  )
  let undecided = 0

  async function showNext(): Promise<void> {
    const next = await proposals.next()
    undecided += next.length
    for (const proposal of next) {
      const onDecided = () => {
        undecided -= 1
        if (undecided === 0) void showNext().catch(console.error)
      }
      list.append(createProposalRow(proposal, { ...context, say: (text) => setText(spoken, text), onDecided }))
    }
    if (next.length > 0 && !section.isConnected) parent.append(section)
  }

  // Most people may not decide, and CKAN says so. They miss nothing.
  void showNext().catch(() => {})
}
