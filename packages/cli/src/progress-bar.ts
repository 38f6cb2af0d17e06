import cliProgress from 'cli-progress'

/** Shows how far a file is, and all files together. */
export interface ProgressBar {
  update(sent: number): void
  stop(): void
}

interface Place {
  readonly name: string
  readonly size: number
  /** Bytes of the files before this one, and of all files. */
  readonly before: number
  readonly total: number
}

const FORMAT = '{name} {bar} {percentage} %  {speed}  {eta_formatted} left{all}'
const MIB = 1024 ** 2

/** A bar on a terminal; elsewhere nothing, since a log is no place for one. */
export function startProgressBar(
  { name, size, before, total }: Place,
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
    all: total > size ? `  ${Math.floor((100 * (before + sent)) / total)} % of all` : '',
  })
  bar.start(Math.max(1, size), 0, payload(0))
  return { update: (sent) => bar.update(sent, payload(sent)), stop: () => bar.stop() }
}

/** Shows how many of so many are done, between what is printed otherwise. */
interface CountBar {
  show(done: number): void
  /** Before anything else is printed, and at the end. */
  clear(): void
}

/** On a terminal alone, as `startProgressBar`. */
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
