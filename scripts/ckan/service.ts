import { spawn } from 'node:child_process'
import { mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { readJson, writeWhole } from './files.ts'
import { home, logFile } from './paths.ts'
import { identify, isPaused, isRunning, type ProcessIdentity, send, sessionOf, waitUntil } from './processes.ts'
import { LoggedError } from './run.ts'

/** A program that outlives this process. Its pid file identifies it. */
export interface Service {
  readonly name: string
  readonly command: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Resolves to true when the service is ready. */
  readonly isReady: () => Promise<boolean>
}

const pidFile = (name: string): string => `${home}/pids/${name}.json`
const identityOf = (name: string): ProcessIdentity | undefined => readJson<ProcessIdentity>(pidFile(name))

/** The process of a service, if it runs. */
export const pidOf = (name: string): number | undefined => {
  const identity = identityOf(name)
  return identity && isRunning(identity) ? identity.pid : undefined
}

export const isServicePaused = (name: string): boolean => {
  const identity = identityOf(name)
  return identity !== undefined && isRunning(identity) && isPaused(identity)
}

const readyWithinMs = 90_000

/** Starts or resumes a service and waits until it is ready. @throws LoggedError if it never is. */
export const startService = async (service: Service): Promise<void> => {
  const pid = pidOf(service.name)
  if (pid === undefined) launch(service)
  else send(pid, 'SIGCONT')
  const isSettled = async () => pidOf(service.name) === undefined || (await service.isReady())
  const isInTime = await waitUntil(isSettled, readyWithinMs)
  if (pidOf(service.name) === undefined)
    throw new LoggedError(`${service.name} ended while starting`, logFile(service.name))
  if (!isInTime)
    throw new LoggedError(
      `${service.name} runs but was not ready after ${readyWithinMs / 1000} s`,
      logFile(service.name),
    )
}

const launch = ({ name, command, env = process.env }: Service): void => {
  killRemains(name)
  mkdirSync(dirname(logFile(name)), { recursive: true })
  const log = openSync(logFile(name), 'a', 0o600)
  const [program = '', ...args] = command
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env, cwd: '/' })
  child.once('error', () => undefined)
  child.unref()
  if (child.pid === undefined) throw new LoggedError(`${program} could not run: is it installed?`, logFile(name))
  writeWhole(pidFile(name), JSON.stringify(identify(child.pid)))
}

/** Sends a signal to the service's process. @throws Error if it does not run. */
export const signalService = (name: string, signal: NodeJS.Signals): void => {
  const pid = pidOf(name)
  if (pid === undefined) throw new Error(`${name} does not run: start it with "npm run ckan -- up".`)
  send(pid, signal)
}

const stopsWithinMs = 10_000

/** Stops a service and its child processes, by force if needed. Returns whether it ran. */
export const stopService = async (name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<boolean> => {
  const pid = pidOf(name)
  if (pid !== undefined) {
    send(pid, signal)
    send(pid, 'SIGCONT')
    await waitUntil(() => pidOf(name) === undefined, stopsWithinMs)
  }
  const remains = killRemains(name)
  if (!(await waitUntil(() => sessionMembers(name).length === 0, stopsWithinMs))) {
    throw new Error(`${name} still runs after SIGKILL (pid ${sessionMembers(name).join(', ')}): check it by hand.`)
  }
  rmSync(pidFile(name), { force: true })
  return pid !== undefined || remains > 0
}

const sessionMembers = (name: string): readonly number[] => {
  const identity = identityOf(name)
  return identity ? sessionOf(identity) : []
}

const killRemains = (name: string): number => {
  const members = sessionMembers(name)
  for (const pid of members) send(pid, 'SIGKILL')
  return members.length
}
