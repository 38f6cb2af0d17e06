/** What the log says of a request besides its path. */
export interface RequestNotes {
  /** The user whom CKAN knows by the token. */
  readonly by?: string
  /** The id that the request names: a resource, an owner of images, an upload, a dataset. */
  readonly entity?: string
}

const NOTES = new WeakMap<Request, RequestNotes>()
const MAX_LENGTH = 120

/** Adds to what is known of a request; it is forgotten with the request. */
export function noteRequest(request: Request, notes: RequestNotes): void {
  NOTES.set(request, { ...NOTES.get(request), ...notes })
}

export function notesOf(request: Request): RequestNotes {
  return NOTES.get(request) ?? {}
}

/** The entity of a body's fields, as far as it looks like one. */
export function entityIn({ id, package_id: dataset }: Readonly<Record<string, unknown>>): RequestNotes {
  const entity = id ?? dataset
  return typeof entity === 'string' ? { entity: entity.slice(0, MAX_LENGTH) } : {}
}
