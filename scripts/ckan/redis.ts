import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { home } from './paths.ts'
import { claimPort, portOf } from './ports.ts'
import type { Progress } from './progress.ts'
import { pidOf, startService, stopService } from './service.ts'

const name = 'redis'

export const redisUrl = (database: number): string => `redis://127.0.0.1:${portOf(name)}/${database}`

/** Starts Redis on loopback, without files on disk. */
export const startRedis = async (progress: Progress): Promise<void> => {
  if (pidOf(name) !== undefined) return
  await progress.step('Redis', async () => {
    const port = await claimPort(name)
    const folder = `${home}/redis`
    mkdirSync(folder, { recursive: true })
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
    await startService({ name, command: ['redis-server', ...options], isReady: () => accepts(port) })
  })
}

export const stopRedis = (): Promise<boolean> => stopService(name)

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
