/** Facts about a request that the log shows besides its path. */
export interface RequestNotes {
  /** The user to whom the token belongs. */
  readonly by?: string
  /** The id in the request: of a resource, an image owner, an upload or a dataset. */
  readonly entity?: string
}

const NOTES = new WeakMap<Request, RequestNotes>()
const MAX_LENGTH = 120

/** Adds facts about a request. They are dropped together with the request. */
export function noteRequest(request: Request, notes: RequestNotes): void {
  NOTES.set(request, { ...NOTES.get(request), ...notes })
}

export function notesOf(request: Request): RequestNotes {
  return NOTES.get(request) ?? {}
}

/** The id in the fields of a body, if it is a text. */
export function entityIn({ id, package_id: dataset }: Readonly<Record<string, unknown>>): RequestNotes {
  const entity = id ?? dataset
  return typeof entity === 'string' ? { entity: entity.slice(0, MAX_LENGTH) } : {}
}
