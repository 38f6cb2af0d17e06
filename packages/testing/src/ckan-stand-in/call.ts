import type { Fields, Json } from './json.ts'
import type { CkanVersion, State, User } from './state.ts'

/** Plugins beyond CKAN's core that the stand-in can show. */
export type Extension = 'files' | 'xloader'

/** One call of an action: who asks, of which CKAN, when. */
export interface Call {
  readonly state: State
  readonly version: CkanVersion
  readonly extensions: readonly Extension[]
  readonly siteUrl: string
  /** Whether the storage of files has an object at this location. */
  readonly hasObject: (location: string) => boolean
  /** `undefined`: anonymous, as CKAN takes every token it doesn't know. */
  readonly caller: User | undefined
  readonly now: Date
  /** The present as CKAN writes it: naive UTC; never the same twice, as with CKAN's microseconds. */
  readonly timestamp: () => string
}

export interface Action {
  /** Whether GET is allowed. */
  readonly sideEffectFree?: boolean
  /** Whether a file of a form is a parameter: its name, type, size and MD5. All other actions ignore files. */
  readonly takesFile?: boolean
  /** The dataset whose row CKAN locks for this action. */
  readonly lock?: (state: State, params: Fields) => string | undefined
  /** Throws `ActionError`, and then nothing is changed. */
  run(call: Call, params: Fields): Json
}

/** The caller's name in messages; CKAN's anonymous user has the empty name. */
export function callerName(call: Call): string {
  return call.caller?.name ?? ''
}
