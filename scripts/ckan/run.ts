import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { logFile, source } from './paths.ts'

/** A failure with more details in a log. `log` is its path. */
export class LoggedError extends Error {
  override readonly name = 'LoggedError'
  readonly log: string

  constructor(message: string, log: string) {
    super(message)
    this.log = log
  }
}

const running = new AbortController()

/** Ends all running commands of {@link run}. Services keep running. */
export const abortCommands = (): void => running.abort()

/** Python writes its bytecode, which halves the time of CKAN's next start, and finds the plugins of the tests. */
export const pythonEnv = (): NodeJS.ProcessEnv => {
  const { PYTHONDONTWRITEBYTECODE: _, ...env } = process.env
  return { ...env, PYTHONUNBUFFERED: '1', PYTHONPATH: source('plugins') }
}

interface Options {
  /** Name of the log that gets all output. */
  readonly log: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
}

/** Runs a command and resolves to its standard output. @throws LoggedError if it fails. */
export const run = (command: readonly string[], { log, env = process.env, input = '' }: Options): Promise<string> => {
  const path = logFile(log)
  mkdirSync(dirname(path), { recursive: true })
  appendFileSync(path, `$ ${command.join(' ')}\n`)
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, signal: running.signal })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
      appendFileSync(path, chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => appendFileSync(path, chunk))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.once('error', (error) => reject(new LoggedError(`${program} could not run: ${error.message}`, path)))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new LoggedError(`${program} ended with ${signal ?? `exit code ${code}`}`, path))
    })
  })
}
