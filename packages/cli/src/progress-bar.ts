import { MIB } from '@ckan-uplink/core/support'
import cliProgress from 'cli-progress'

/** Shows the progress of one file. */
export interface ProgressBar {
  update(sent: number): void
  stop(): void
}

const FORMAT = '{name} {bar} {percentage} %  {speed}  {eta_formatted} left'

/** Shows a bar on a terminal, and nothing elsewhere: a bar would clutter a log. */
export function startProgressBar(
  { name, size }: { readonly name: string; readonly size: number },
  stream: NodeJS.WriteStream = process.stderr,
): ProgressBar {
  if (!stream.isTTY) return { update: () => {}, stop: () => {} }
  const startedAt = performance.now()
  const bar = new cliProgress.SingleBar({
    format: FORMAT,
    hideCursor: true,
    clearOnComplete: true,
    stream,
    etaBuffer: 100,
  })
  const payload = (sent: number) => ({
    name,
    speed: `${(sent / MIB / Math.max(0.001, (performance.now() - startedAt) / 1000)).toFixed(1)} MiB/s`,
  })
  bar.start(Math.max(1, size), 0, payload(0))
  return { update: (sent) => bar.update(sent, payload(sent)), stop: () => bar.stop() }
}

/** Shows a count of finished items between other output. */
interface CountBar {
  show(done: number): void
  /** Call it before any other output, and at the end. */
  clear(): void
}

/** Shows the bar on a terminal only, like `startProgressBar`. */
export function createCountBar(total: number, stream: NodeJS.WriteStream = process.stderr): CountBar {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} }
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value} of {total}',
    hideCursor: true,
    clearOnComplete: true,
    stream,
  })
  return { show: (done) => bar.start(total, done), clear: () => bar.stop() }
}
