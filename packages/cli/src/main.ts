#!/usr/bin/env node
import { run } from './program.ts'

/** The second Ctrl-C ends at once. */
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stop.abort(new Error('Stopped. The same command goes on with what is in parts.')))

/** Whoever reads the results has read enough, as `head` does. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await run(process.argv.slice(2), stop.signal)
