import { type Extension, run } from './program.ts'

/** The command line as this process: its arguments, its signals, its exit code. The second Ctrl-C ends at once. */
export async function runProcess(extend?: Extension): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () =>
      stop.abort(new Error('Stopped. The same command goes on with what it remembers of what was begun.')),
    )

  /** Whoever reads the results has read enough, as `head` does. */
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })

  process.exitCode = await run(process.argv.slice(2), stop.signal, extend)
}
