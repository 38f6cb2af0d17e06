import { type Extension, run } from './program.ts'

/**
 * Runs the command line of this process and sets its exit code. Ctrl-C stops the command; a second one ends the process
 * at once.
 */
export async function runProcess(extend?: Extension): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error('Stopped. Run the same command again to continue.')))

  // A reader such as `head` closes the pipe once it has read enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })

  process.exitCode = await run(process.argv.slice(2), stop.signal, extend)
}
