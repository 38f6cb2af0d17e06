import cliProgress from 'cli-progress'

/** Shows how far an upload is. */
export interface Progress {
  start(totalBytes: number): void
  update(bytes: number): void
  stop(): void
}

/** A bar on a terminal; elsewhere nothing, since a log is no place for one. */
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
