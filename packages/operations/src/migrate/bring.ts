import type { StoredObject } from '@ckan-uplink/core'
import type { ImportTarget, PreparedObject } from '@ckan-uplink/core/operations'
import type { UploadRecord } from '@ckan-uplink/core/uploads'
import { hashed } from './hashed.ts'
import type { Move } from './move.ts'

export interface Brought {
  readonly prepared: PreparedObject
  readonly sha256?: string | undefined
}

interface FormerObject {
  readonly key: string
  readonly object: StoredObject
}

/**
 * Copies the bytes inside the store if the store can do that, and if the copy is compared. Otherwise they pass through
 * this machine.
 */
export async function bring(from: FormerObject, record: UploadRecord, move: Move): Promise<Brought> {
  const { source, importer, linkDeps } = move
  const { key, object } = from
  const { etag, size } = object
  if (!source.isInStore) return receive(from, record, move)
  // The linker does not read such a large file.
  const mustBeCompared = size > linkDeps.settings.maxVerifyBytes
  const former = { bucket: source.name, key, etag, size }
  const prepared = await importer.copy(former, targetOf(object, record), { mustBeCompared })
  if (prepared === undefined && mustBeCompared) return receive(from, record, move)
  if (prepared === undefined) throw replaced(key)
  if (prepared.isCompared) return { prepared, sha256: object.sha256 }
  if (record.declared.hash !== undefined) return { prepared, sha256: object.sha256 }
  const sha256 = object.sha256 ?? (await source.store.sha256(key, etag))
  if (sha256 !== undefined) return { prepared, sha256 }
  await prepared.abort()
  throw replaced(key)
}

/** The bytes pass through this machine, and the store compares what arrives. */
export async function receive(
  { key, object }: FormerObject,
  record: UploadRecord,
  { source, importer }: Move,
): Promise<Brought> {
  const bytes = await source.read(key, object.etag)
  if (bytes === undefined) throw replaced(key)
  const stream = hashed(bytes)
  const prepared = await importer.write(stream.chunks, targetOf(object, record))
  if (stream.size() === object.size) return { prepared, sha256: stream.sha256() }
  await prepared.abort()
  throw new Error(`The object has ${object.size} bytes, but ${stream.size()} arrived: run the command again.`)
}

function targetOf({ size, contentType }: StoredObject, { key }: UploadRecord): ImportTarget {
  return { key, size, contentType }
}

function replaced(key: string): Error {
  return new Error(`The object ${key} was replaced meanwhile: run the command again.`)
}
