import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, expect, it } from 'vitest'

let folder: string
let local: LocalHandle
let inspectorPort: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  inspectorPort = (await choosePorts('0')).gateway
  local = await startLocal({ folder, ports: await choosePorts('0'), inspectorPort })
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The source map of the linker's script, as a debugger gets it. */
function sourceMap(): Promise<{ readonly sourceRoot: string; readonly sources: readonly string[] }> {
  const socket = new WebSocket(`ws://127.0.0.1:${inspectorPort}/core:user:linker`)
  return new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error('The linker has no inspector.'))
    socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }))
    socket.onmessage = ({ data }) => {
      const { method, params } = JSON.parse(String(data))
      if (method !== 'Debugger.scriptParsed' || !params.sourceMapURL) return
      socket.close()
      resolve(JSON.parse(Buffer.from(params.sourceMapURL.split('base64,')[1], 'base64').toString()))
    }
  })
}

it('gives debuggers the linker with a source map to its sources', async () => {
  const { sourceRoot, sources } = await sourceMap()
  const files = sources.map((source) => fileURLToPath(new URL(source, sourceRoot)))
  expect(files).toContain(join(import.meta.dirname, '../packages/core/src/notifications/consume.ts'))
  expect(files.filter((file) => !existsSync(file))).toEqual([])
})
