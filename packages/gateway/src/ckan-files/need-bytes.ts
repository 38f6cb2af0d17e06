import type { JsonObject } from '@ckan-uplink/core/support'
import { type FieldErrors, refusal } from '../http/validate.ts'

const OF_RESOURCES = 'only a file of a resource goes straight to the bucket, by files_resource_upload'

type FindFaults = (fields: JsonObject, ownStorage: string) => FieldErrors | undefined

/** Actions for files of any owner. Only a resource has a right that the gateway can ask CKAN about. */
const ACTIONS: Readonly<Record<string, FindFaults>> = {
  files_file_create: askForBytes,
  file_create: askForBytes,
  files_file_replace: askForBytes,
  files_multipart_start: ({ storage }, ownStorage) =>
    storage === ownStorage ? { storage: [`Must be another storage of CKAN: ${OF_RESOURCES}`] } : undefined,
}

export function needsBytes(action: string): boolean {
  return Object.hasOwn(ACTIONS, action)
}

/** Throws `RefusedError` for a request without the bytes that CKAN needs. */
export function refuseWithoutBytes(action: string, fields: JsonObject, ownStorage: string): void {
  const faults = needsBytes(action) ? ACTIONS[action]?.(fields, ownStorage) : undefined
  if (faults) throw refusal(faults)
}

function askForBytes({ upload }: JsonObject): FieldErrors | undefined {
  return upload ? undefined : { upload: [`Missing value: send the bytes, which go through CKAN; ${OF_RESOURCES}`] }
}
