import { openAsBlob } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checksumOf } from '../src/checksum.ts'
import { put } from '../src/put.ts'
import { chooseTransport, type Transport } from '../src/transports.ts'
import { startSite } from './scripted-site.ts'

const file = new File(['bytes'], 'a.html', { type: 'text/html' })
const options = { transport: chooseTransport(fetch), stallMs: 10_000, onSent: () => {} }

describe('put', () => {
  it('sends the bytes with the signed headers and their length, without an unsigned type', async () => {
    const { url, asked } = await startSite(() => ({ text: '' }))
    const sent: number[] = []
    await put({ url, headers: { 'x-signed': 'yes' } }, file, { ...options, onSent: (bytes) => sent.push(bytes) })
    expect(asked).toMatchObject([{ method: 'PUT', type: '', text: 'bytes' }])
    expect(sent.at(-1)).toBe(5)
    await put({ url, headers: {} }, new Blob([]), options)
    expect(asked[1]).toMatchObject({ text: '' })
  })

  it.each([
    [503, '', true],
    [400, '<Error><Code>RequestTimeout</Code></Error>', true],
    [403, '<Error><Code>SignatureDoesNotMatch</Code></Error>', false],
    [400, '<Error><Code>BadDigest</Code></Error>', false],
  ])('throws for the answer %d %s: retryable is %s', async (status, text, retryable) => {
    const { url } = await startSite(() => ({ status, text }))
    await expect(put({ url, headers: {} }, file, options)).rejects.toMatchObject({
      code: 'store',
      retryable,
      details: { status },
    })
  })

  it('aborts a stalled attempt, and stops when the caller aborts', async () => {
    const { url } = await startSite(() => undefined)
    await expect(put({ url, headers: {} }, file, { ...options, stallMs: 50 })).rejects.toMatchObject({
      code: 'store',
      retryable: true,
    })
    await expect(
      put({ url, headers: {} }, file, { ...options, signal: AbortSignal.timeout(50) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('waits in proportion to the size if the transport reports no progress', async () => {
    const transport: Transport = {
      counts: false,
      send: (_signed, _body, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    }
    const running = put({ url: 'https://store.example.org', headers: {} }, new Blob(['x'.repeat(1600)]), {
      ...options,
      transport,
      stallMs: 50,
    })
    await expect(running).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('no byte was sent for 0.15 s'),
    })
  })

  it('refuses a file that changed meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'a.csv')
    await writeFile(path, 'first')
    const blob = await openAsBlob(path)
    await writeFile(path, 'second, and longer')
    const { url } = await startSite(() => ({ text: '' }))
    await expect(put({ url, headers: {} }, blob, options)).rejects.toMatchObject({ code: 'source', retryable: false })
    await expect(checksumOf(blob)).rejects.toMatchObject({ code: 'source' })
  })
})
