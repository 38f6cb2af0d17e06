import { createHash } from 'node:crypto'

/** A run that replays exactly has no chance in it: WebCrypto answers from another thread, and delays are spread. */
export function withoutChance(): () => void {
  const original = crypto.subtle.digest
  const { random } = Math
  const digest = (_: unknown, data: BufferSource): Promise<ArrayBuffer> => {
    const bytes = createHash('sha256')
      .update(data as Uint8Array)
      .digest()
    return Promise.resolve(new Uint8Array(bytes).buffer)
  }
  crypto.subtle.digest = digest
  Math.random = () => 0.5
  return () => {
    crypto.subtle.digest = original
    Math.random = random
  }
}
