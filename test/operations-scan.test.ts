import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { type Clamd, describeScans, EICAR } from './support/describe-scans.ts'

const MAX_STREAM_BYTES = 2_000_000
const MAX_FILE_BYTES = 1_000_000
const GZIP = 0x1f8b

/** Answers INSTREAM as clamd does with AlertExceedsMax. */
async function startClamdStandIn(): Promise<Clamd> {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more])
      const content = readChunks(bytes.subarray('zINSTREAM\0'.length))
      if (content.size > MAX_STREAM_BYTES) socket.end('INSTREAM size limit exceeded. ERROR\0')
      else if (content.isWhole) socket.end(`stream: ${judge(content)}\0`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, close: async () => void server.close() }
}

function judge({ size, text, isGzip }: Omit<Chunks, 'isWhole'>): string {
  if (isGzip) return 'Heuristics.Limits.Exceeded.MaxRecursion FOUND'
  if (size > MAX_FILE_BYTES) return 'Heuristics.Limits.Exceeded.MaxFileSize FOUND'
  return text.includes(EICAR) ? 'Eicar-Test-Signature FOUND' : 'OK'
}

interface Chunks {
  readonly isWhole: boolean
  readonly size: number
  readonly text: string
  readonly isGzip: boolean
}

function readChunks(bytes: Buffer): Chunks {
  const parts: Buffer[] = []
  let size = 0
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const content = Buffer.concat(parts)
    if (length === 0) return { isWhole: true, size, text: content.toString(), isGzip: content.readUInt16BE(0) === GZIP }
    parts.push(bytes.subarray(at + 4, at + 4 + length))
    size += length
    at += 4 + length
  }
  return { isWhole: false, size, text: '', isGzip: false }
}

describeScans('scans by a stand-in of clamd', startClamdStandIn)
