import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Clamd, EICAR } from '../../support/describe-scans.ts'

/** Debian's clamd with one signature of its own, because freshclam needs the internet. */
export async function startClamd({ alerts = true } = {}): Promise<Clamd> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-clamd-'))
  const socket = join(folder, 'clamd.ctl')
  await mkdir(join(folder, 'signatures'))
  const signature = `Eicar-Test-Signature:0:0:${Buffer.from(EICAR).toString('hex')}\n`
  await writeFile(join(folder, 'signatures', 'eicar.ndb'), signature)
  const configuration = [
    `DatabaseDirectory ${join(folder, 'signatures')}`,
    `LocalSocket ${socket}`,
    'Foreground yes',
    'StreamMaxLength 2M',
    'MaxFileSize 1M',
    `AlertExceedsMax ${alerts ? 'yes' : 'no'}`,
    'User root',
  ]
  await writeFile(join(folder, 'clamd.conf'), `${configuration.join('\n')}\n`)
  const child = spawn('clamd', ['--config-file', join(folder, 'clamd.conf')], { stdio: 'ignore' })
  await listening(child, socket)
  return {
    address: socket,
    async close() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function listening(child: ChildProcess, socket: string): Promise<void> {
  for (let waits = 0; waits < 300 && !existsSync(socket); waits += 1) {
    if (child.exitCode !== null) throw new Error(`clamd ended with code ${child.exitCode}.`)
    await sleep(100)
  }
}
