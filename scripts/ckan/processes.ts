import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readIfThere } from './files.ts'

/** Identifies a process, also after its number is used again. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to its start. */
  readonly started: string
  readonly boot: string
}

interface Stat {
  readonly state: string
  readonly session: number
  readonly started: string
}

/**
 * Fields 3, 6 and 22 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the second is a name with any
 * characters.
 */
const statOf = (pid: number): Stat | undefined => {
  let text: string | undefined
  try {
    text = readIfThere(`/proc/${pid}/stat`)
  } catch {
    return undefined
  }
  if (!text) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', session: Number(fields[3]), started: fields[19] ?? '' }
}

const boot = (): string => readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? ''

export const identify = (pid: number): ProcessIdentity => ({ pid, started: statOf(pid)?.started ?? '', boot: boot() })

/** Whether it still runs. A zombie does not. */
export const isRunning = (identity: ProcessIdentity): boolean => {
  const stat = statOf(identity.pid)
  return stat !== undefined && stat.state !== 'Z' && stat.started === identity.started && identity.boot === boot()
}

/** Whether it is stopped by SIGSTOP. */
export const isPaused = (identity: ProcessIdentity): boolean => statOf(identity.pid)?.state === 'T'

/** All processes of the session that this process leads or has led, itself included. */
export const sessionOf = (identity: ProcessIdentity): readonly number[] => {
  const leader = statOf(identity.pid)
  const isForeign = identity.boot !== boot() || (leader !== undefined && leader.started !== identity.started)
  if (isForeign) return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isMember(pid, identity.pid))
}

const isMember = (pid: number, session: number): boolean => {
  const stat = statOf(pid)
  return stat !== undefined && stat.session === session && stat.state !== 'Z'
}

/** Sends a signal. A process that has already ended is not a failure. */
export const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until the check is true. Resolves to false after the timeout. */
export const waitUntil = async (check: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline) {
    if (await check()) return true
    await sleep(100)
  }
  return false
}
