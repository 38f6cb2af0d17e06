import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { UnavailableError } from '@ckan-uplink/core'
import type { Verdict } from '@ckan-uplink/core/uploads'

/** Where clamd listens. */
export type ClamdAddress = { readonly path: string } | { readonly host: string; readonly port: number }

/** Scanning a large archive takes clamd minutes, in which it sends nothing. */
const SILENCE_MS = 600_000
const MAX_REPLY_CHARACTERS = 4096
const PIECE_BYTES = 65_536

/** clamd is not reachable or not usable, so no other file can be scanned either. */
export class NoClamdError extends UnavailableError {}

/**
 * Streams the content to clamd by INSTREAM and returns what it says. Throws `NoClamdError` when clamd is not reachable,
 * or would hide that it scans a file only in part. Throws another error when it gives no answer, or when reading the
 * content does.
 * https://docs.clamav.net/manual/Usage/Scanning.html#clamd
 */
export async function scanWithClamd(address: ClamdAddress, content: AsyncIterable<Uint8Array>): Promise<Verdict> {
  await requireAlerts(address)
  try {
    return readReply(await ask(address, (socket) => send(socket, content)))
  } catch (error) {
    // The system may discard clamd's words about the limit together with the rest of the file.
    if (error instanceof CutError && (await isAlive(address))) return { result: 'unscannable', reason: TOO_LARGE }
    throw error
  }
}

const MAX_NESTING = 100

/** More nested than clamd's largest MaxRecursion allows. https://docs.clamav.net/manual/Usage/Configuration.html */
const NESTED = Array.from({ length: MAX_NESTING + 20 }).reduce<Buffer>((inner) => gzipSync(inner), Buffer.from('a'))

/** clamd says "OK" for a file beyond its limits if its configuration does not say otherwise, and may be restarted. */
async function requireAlerts(address: ClamdAddress): Promise<void> {
  async function* nested(): AsyncGenerator<Uint8Array> {
    yield NESTED
  }
  if ((await ask(address, (socket) => send(socket, nested()))) === OK) throw new NoClamdError(HIDES_LIMITS)
}

const OK = 'stream: OK'
const HIDES_LIMITS =
  'clamd says OK for files that it scans only in part: set AlertExceedsMax yes and ScanArchive yes in clamd.conf, and restart it.'

/** clamd closed the connection without an answer that has arrived. */
class CutError extends Error {}

async function isAlive(address: ClamdAddress): Promise<boolean> {
  return (await ask(address, (socket) => write(socket, 'zPING\0')).catch(() => '')) === 'PONG'
}

async function ask(address: ClamdAddress, request: (socket: Socket) => Promise<void>): Promise<string> {
  const socket = connect(address)
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('clamd was silent for ten minutes.')))
  try {
    await once(socket, 'connect').catch((error: Error) => {
      throw new NoClamdError(`clamd is not reachable: ${error.message}. Start it, or give its address by --clamd.`)
    })
    const reply = replyOf(socket)
    await Promise.race([reply, request(socket)])
    return await reply
  } finally {
    socket.destroy()
  }
}

/** The reply ends with a null character. clamd may send it before it has read all. */
function replyOf(socket: Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes.toString()
    const end = text.indexOf('\0')
    if (end >= 0) resolve(text.slice(0, end))
    else if (text.length > MAX_REPLY_CHARACTERS) reject(new Error('clamd gave no answer that can be read.'))
  })
  socket.on('error', (error: NodeJS.ErrnoException) => reject(CUT.includes(error.code) ? new CutError(ENDED) : error))
  socket.on('close', () => reject(new CutError(ENDED)))
  // Without a listener, Node would end the process while the content is still being read.
  promise.catch(() => {})
  return promise
}

const CUT: readonly unknown[] = ['EPIPE', 'ECONNRESET']
const ENDED = 'clamd closed the connection without an answer. Its log says why.'

/**
 * Sends small pieces, and looks for a reply after each. When clamd has had enough, it replies and closes the
 * connection, and the next write would discard a reply that was not read.
 */
async function send(socket: Socket, content: AsyncIterable<Uint8Array>): Promise<void> {
  await write(socket, 'zINSTREAM\0')
  for await (const bytes of content) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES)
      await write(socket, Buffer.concat([lengthOf(piece.length), piece]))
      await setImmediate()
      if (socket.destroyed) return
    }
  }
  await write(socket, lengthOf(0))
}

/** Resolves when the socket has taken the bytes. Its errors are those of the reply. */
async function write(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
}

function lengthOf(bytes: number): Uint8Array {
  const prefix = new Uint8Array(4)
  new DataView(prefix.buffer).setUint32(0, bytes)
  return prefix
}

const TOO_LARGE =
  'It is too large for clamd: raise StreamMaxLength, MaxFileSize and MaxScanSize in clamd.conf, and upload it again.'

function readReply(reply: string): Verdict {
  if (reply === OK) return { result: 'clean' }
  if (reply.includes('size limit exceeded')) return { result: 'unscannable', reason: TOO_LARGE }
  const found = /^stream: (.+) FOUND$/u.exec(reply)?.[1]
  if (found === undefined) throw new Error(`clamd answers ${JSON.stringify(reply)}.`)
  // With AlertExceedsMax, clamd reports in this way that it has not looked at everything.
  return found.startsWith('Heuristics.Limits.Exceeded')
    ? { result: 'unscannable', reason: TOO_LARGE }
    : { result: 'infected', found }
}
