import { NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import {
  buildImageKey,
  type ImageKey,
  imageTypeOf,
  parseImageKey,
  parseImageUrl,
  recordIdOf,
  type ServingFacts,
  SVG,
  servingOf,
  versionOf,
} from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import { createRecentAnswers } from '../recent-answers.ts'
import type { Records } from '../uploads/records.ts'
import { contentDisposition } from './content-disposition.ts'
import { withdrawnError } from './linked-objects.ts'

/** An SVG can hold scripts. Inside another page it cannot run them. Opened by itself, the browser saves it. */
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

/** How long caches may keep a withdrawn image. */
const MAX_AGE_SECONDS = 3600
const CKAN_ANSWER_MS = 60_000

/**
 * An image that was linked, for everybody; its type is what its content says. The record decides, so CKAN is asked only
 * while a linker is between its write to CKAN and its write to the record, and where there is no record. Throws
 * `NotFoundError`, and an `HTTPException` for an image that was withdrawn.
 */
export function createImage({ settings, store, authorizer, clock }: GatewayDeps, records: Records) {
  const shownVersions = createRecentAnswers<string>(clock, CKAN_ANSWER_MS)

  return async (path: string, version: string | undefined): Promise<Response> => {
    const key = parseImageKey(path)
    const image = key?.kind === 'image' ? await find(key) : undefined
    if (image === undefined) throw new NotFoundError('There is no such image.')
    const { mimetype, bytes } = image
    return new Response(bytes, {
      headers: {
        'Content-Type': mimetype,
        'Content-Length': String(bytes.byteLength),
        'Cache-Control': version === image.version ? `public, max-age=${MAX_AGE_SECONDS}` : 'no-cache',
        ...(mimetype === SVG && {
          'Content-Disposition': contentDisposition(image.fileName),
          'Content-Security-Policy': SVG_POLICY,
        }),
      },
    })
  }

  async function find(key: ImageKey) {
    const record = await records.find(recordIdOf(key))
    const path = buildImageKey(key)
    if (record !== undefined && record.key !== path) return undefined
    if (record?.state === 'withdrawn') throw withdrawnError(record)
    const limit = record?.limits.max_bytes ?? settings.maxImageBytes
    const found = await store.get(path, { length: limit })
    if (found === undefined || found.object.size > limit) return undefined
    const mimetype = imageTypeOf(found.bytes)
    if (mimetype === undefined || (mimetype === SVG && !settings.allowSvg)) return undefined
    const version = await versionOf(found.object.etag)
    const isScanned = settings.scanner !== undefined
    const facts = { key: path, record, version, recordsComplete: true, isScanned }
    return (await isServed(key, facts))
      ? { mimetype, version, fileName: key.fileName, bytes: new Uint8Array(found.bytes) }
      : undefined
  }

  /** Only one version that CKAN may show makes a difference, so CKAN is asked only about that one. */
  async function isServed(key: ImageKey, facts: Omit<ServingFacts, 'shownVersion'>): Promise<boolean> {
    const isServedIfShown = (shownVersion: string | undefined) => servingOf({ ...facts, shownVersion }) !== 'none'
    if (isServedIfShown(undefined)) return true
    if (!isServedIfShown(facts.version)) return false
    return isServedIfShown(shownVersions.get(key.uploadId)) || isServedIfShown(await askCkan(key))
  }

  /** Only a yes is remembered: a no may be older than the last link. */
  async function askCkan(key: ImageKey): Promise<string | undefined> {
    const version = await findShownVersion(key)
    if (version !== undefined) shownVersions.set(key.uploadId, version)
    return version
  }

  async function findShownVersion({ ownerType, ownerId, uploadId }: ImageKey): Promise<string | undefined> {
    try {
      const { id, imageUrl } = await authorizer.showImageOwner(ownerType, ownerId)
      const shown = parseImageUrl(settings, imageUrl)
      return id === ownerId && shown?.uploadId === uploadId ? shown.version : undefined
    } catch (thrown) {
      if (thrown instanceof NotAllowedError || thrown instanceof NotFoundError) return undefined
      throw thrown
    }
  }
}
