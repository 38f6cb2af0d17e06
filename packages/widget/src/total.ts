import { make, setText } from './dom.ts'
import { formatCount, formatSize, formatSpeed, formatTime } from './format.ts'
import { createSpeed } from './speed.ts'
import { isOpen, isWanted, type Transfer, type TransferState } from './transfer.ts'
import { fill } from './words/languages.ts'
import type { Words } from './words/words.ts'

/** The line about all files together. */
export interface Total {
  readonly element: HTMLElement
  update(list: readonly Transfer[]): void
}

const DONE: readonly TransferState[] = ['ready', 'proposed', 'linked', 'loaded']

export function createTotal(words: Words, language: string): Total {
  const speed = createSpeed()
  const done = make('span')
  const rate = make('span')
  const bar = make('progress', { 'aria-label': words.total })
  const element = make('div', { class: 'total', hidden: true }, make('p', {}, done, rate), bar)
  return {
    element,
    update(list) {
      const wanted = list.filter(isWanted)
      const size = wanted.reduce((sum, { file }) => sum + file.size, 0)
      const sent = wanted.reduce((sum, transfer) => sum + sentOf(transfer), 0)
      // Small files that are done say nothing about the speed of the rest.
      const isMoving = wanted.some(({ state, sent }) => state === 'sending' && sent > 0)
      const perSecond = speed.note(sent, Date.now())
      element.hidden = wanted.length === 0
      bar.max = Math.max(1, size)
      bar.value = size === 0 ? 1 : sent
      const finished = wanted.filter(({ state }) => DONE.includes(state)).length
      const counts = { done: formatCount(finished, language), all: formatCount(wanted.length, language) }
      setText(done, fill(words.filesDone, counts))
      const sizes = { sent: formatSize(sent, language), size: formatSize(size, language) }
      const facts = [fill(words.progress, sizes)]
      if (isMoving && perSecond) {
        facts.push(formatSpeed(perSecond, language))
        facts.push(fill(words.left, { time: formatTime((size - sent) / perSecond, language) }))
      }
      setText(rate, facts.join(' · '))
    },
  }
}

function sentOf(transfer: Transfer): number {
  const isStopped = isOpen(transfer) || transfer.state === 'paused' || transfer.state === 'failed'
  return isStopped ? transfer.sent : transfer.file.size
}
