import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { choosePorts } from '../src/ports.ts'

const servers: ReturnType<typeof createServer>[] = []

async function take(port: number): Promise<void> {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
}

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

describe('the ports of the local edition', () => {
  it('are three free ports in a row for PORT=0, which no outgoing connection takes', async () => {
    const { gateway, storage, ckan } = await choosePorts('0')
    expect([storage, ckan]).toEqual([gateway + 1, gateway + 2])
    expect(ckan).toBeLessThan(32_768)
    for (const port of [gateway, storage, ckan]) await take(port)
  })

  it('are PORT and the next two', async () => {
    const { gateway } = await choosePorts('0')
    expect(await choosePorts(String(gateway))).toEqual({ gateway, storage: gateway + 1, ckan: gateway + 2 })
  })

  it('are refused with the port that is taken, and for what it was', async () => {
    const { gateway, storage } = await choosePorts('0')
    await take(storage)
    await expect(choosePorts(String(gateway))).rejects.toThrow(`Port ${storage} for the storage is taken`)
  })

  it.each(['65534', '-1', 'abc', '', '1e3'])('are not %j', async (text) => {
    await expect(choosePorts(text)).rejects.toThrow('give a whole number from 0 to 65533')
  })
})
