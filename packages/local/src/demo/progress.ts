import cliProgress from 'cli-progress'

/** Shows the progress of an upload. */
export interface Progress {
  start(totalBytes: number): void
  update(bytes: number): void
  stop(): void
}

/** Shows a bar on a terminal, and nothing elsewhere: a bar would clutter a log. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { start: () => {}, update: () => {}, stop: () => {} }
  const bar = new cliProgress.SingleBar({
    format: '  {bar} {percentage} %  {value} of {total} bytes',
    hideCursor: true,
    stream,
  })
  return {
    start: (totalBytes) => bar.start(totalBytes, 0),
    update: (bytes) => bar.update(bytes),
    stop: () => bar.stop(),
  }
}
