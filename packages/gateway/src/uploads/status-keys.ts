import { sha256Hex, toHex } from '@ckan-uplink/core/support'
import type { UploadRecord } from '@ckan-uplink/core/uploads'

/** The header of a request that shows the state of one upload. */
export const STATUS_KEY_HEADER = 'Upload-Status-Key'

/** 128 bits in hex. */
const KEY_LENGTH = 32

/** A key by which its holder reads the state of one upload without CKAN. The record has only the hash. */
export interface StatusKey {
  readonly key: string
  readonly hash: string
}

export function createStatusKey(): Promise<StatusKey> {
  return withHash(createSecret())
}

/** 128 random bits in hex. */
export function createSecret(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(KEY_LENGTH / 2)).buffer)
}

/** The key that belongs to an upload of a request for many files. The same secret leads to the same key. */
export async function deriveStatusKey(secret: string, uploadId: string): Promise<StatusKey> {
  return withHash((await sha256Hex(`${secret} ${uploadId}`)).slice(0, KEY_LENGTH))
}

/** Hashes before it looks at the record, so that a missing record and a wrong key take the same time. */
export async function hasStatusKey(record: UploadRecord | undefined, key: string): Promise<boolean> {
  return isSameHash(await sha256Hex(key), record?.status_key_hash)
}

/** Compares in a time that does not depend on the hashes. */
export function isSameHash(given: string, stored = ''): boolean {
  let differences = given.length === stored.length ? 0 : 1
  for (let at = 0; at < given.length; at += 1) differences += given[at] === stored[at] ? 0 : 1
  return differences === 0
}

async function withHash(key: string): Promise<StatusKey> {
  return { key, hash: await sha256Hex(key) }
}
