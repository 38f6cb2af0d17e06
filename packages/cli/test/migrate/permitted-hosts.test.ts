import dns, { type LookupAddress } from 'node:dns'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { permitFor } from '../../src/migrate/permitted-hosts.ts'

const addresses = new Map<string, LookupAddress[]>()
type Callback = (error: Error | null, found: LookupAddress[]) => void
const { lookup: realLookup } = dns
// Not a mocked module: test files share the modules of their process.
const spy = vi.spyOn(dns, 'lookup').mockImplementation(((host: string, options: object, callback: Callback) => {
  const found = addresses.get(host)
  if (found) callback(null, found)
  else realLookup(host, options, callback as () => void)
}) as typeof dns.lookup)
afterAll(() => spy.mockRestore())

const url = new URL('https://old.example.org/a.csv')
const file = { resource: { id: 'r', url: url.href }, from: 'link', url, name: 'a.csv', bytes: undefined } as const
const lookup = permitFor(file, { own: [], hosts: [url.hostname] })(url)

function resolve(found: readonly string[], all: boolean): Promise<unknown> {
  addresses.set(
    url.hostname,
    found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  )
  return new Promise((done, fail) =>
    lookup?.(url.hostname, { all }, (error, ...answer) => (error ? fail(error) : done(answer))),
  )
}

describe('the address of a linked host', () => {
  it('is the public address that the connection then uses', async () => {
    expect(await resolve(['93.184.215.14', '2606:2800:21f::1'], true)).toEqual([
      [
        { address: '93.184.215.14', family: 4 },
        { address: '2606:2800:21f::1', family: 6 },
      ],
    ])
    expect(await resolve(['93.184.215.14'], false)).toEqual(['93.184.215.14', 4])
  })

  it.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'fe80::1', '::ffff:10.0.0.1'])(
    'is not %s',
    async (inside) => {
      await expect(resolve(['93.184.215.14', inside], true)).rejects.toThrow(
        `leads to ${inside}, which is not a public`,
      )
    },
  )

  it('has to exist', () => expect(resolve([], true)).rejects.toThrow('old.example.org has no address'))

  it('is never asked when it is not public', async () => {
    let requests = 0
    const server = createServer((_, response) => {
      requests += 1
      response.end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    addresses.set(url.hostname, [{ address: '127.0.0.1', family: 4 }])
    const request = get({ host: url.hostname, port, lookup })
    await expect(new Promise((done, fail) => request.once('response', done).once('error', fail))).rejects.toThrow(
      'public',
    )
    await new Promise((done) => server.close(done))
    expect(requests).toBe(0)
  })
})
