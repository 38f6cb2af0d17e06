import { NotFoundError } from '@ckan-uplink/client'
import { SignedOutError } from './credentials.ts'
import type { Sender } from './prepare.ts'
import { createSenders } from './senders.ts'

/** CKAN's form of a resource, by CKAN's plugin. The upload is completed when CKAN has saved the form. */
export interface CkanForm {
  /** Tells the forms of a site apart, so that a later visit finds the unfinished file of this one. */
  readonly place: string
  /**
   * The resource that gets the file, and the signed statement that the form is about it. An error with the `status` 401
   * says that the session has ended.
   */
  begin(): Promise<FormOfResource>
  /**
   * Gives a grant for the resource of this statement. Called again before a grant can expire. An error with the
   * `status` 404 says that the statement is over.
   */
  getGrant(form: string): Promise<string>
  /** Completes the upload, where CKAN has saved the form already. Without it, the page does that later. */
  complete?(form: string, upload: string): Promise<void>
  /** The unfinished upload of the form that CKAN has saved. It moves from the place of that form to this one. */
  readonly saved?: { readonly place: string; readonly upload: string } | undefined
}

/** A file that a form names before it has arrived. */
export interface LeftFile extends FormOfResource {
  readonly upload: string
  readonly name: string
}

export interface FormOfResource {
  readonly resource: string
  /** Signed by CKAN's plugin. */
  readonly form: string
}

/** How files for a form are sent. */
export interface FormUploads {
  readonly begin: CkanForm['begin']
  readonly complete?: CkanForm['complete']
  readonly saved?: CkanForm['saved']
  /** Moves the file of this form, and of no other. */
  senderFor(form: string): Sender
}

export function createFormUploads(form: CkanForm, gateway: string): FormUploads {
  const { begin, getGrant, complete, saved } = form
  return {
    begin: () => begin().catch(rethrowBegin),
    complete,
    saved,
    senderFor: createSenders(gateway, (form) => getGrant(form).catch(rethrow)),
  }
}

/** No login brings back a statement that is over. */
function rethrow(thrown: unknown): never {
  throw hasStatus(thrown, 404) ? new NotFoundError(thrown.message) : thrown
}

/** A login helps. */
function rethrowBegin(thrown: unknown): never {
  throw hasStatus(thrown, 401) ? new SignedOutError(thrown.message, { cause: thrown }) : thrown
}

function hasStatus(thrown: unknown, status: number): thrown is Error {
  return thrown instanceof Error && 'status' in thrown && thrown.status === status
}

const WEEK_MS = 7 * 86_400_000

/** Whether a form can still name an upload. The plugin's statement lasts for a week, and so do the parts. */
export function isInTime(uploadId: string, now: number = Date.now()): boolean {
  // A UUIDv7 begins with its time in milliseconds.
  return now - Number.parseInt(uploadId.slice(0, 8) + uploadId.slice(9, 13), 16) < WEEK_MS
}
