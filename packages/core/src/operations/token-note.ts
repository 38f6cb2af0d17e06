import { isRetryable, messageOf, TokenInvalidError } from '../errors.ts'
import type { Clock, Logger, ObjectStore } from '../ports/index.ts'
import { MINUTE_MS } from '../support/units.ts'
import { UPLINK_PREFIX } from '../uploads/keys.ts'

const TOKEN_NOTE_KEY = `${UPLINK_PREFIX}token.json`

/**
 * How often batches try the token. While it is invalid, the first upload with a new token may be the only one of an
 * hour, and should show that the new token works.
 */
const TRIED_EVERY_MS = { valid: 10 * MINUTE_MS, invalid: 10_000 }
/** The schedule tries it every hour. */
const STALE_AFTER_MS = 180 * MINUTE_MS

/** The result of the linker's last try of the service token. The gateway has no such token and reads this note. */
export interface TokenNote {
  readonly version: 1
  readonly tried_at: string
  readonly valid: boolean
  /** Visible to everyone, so it names no user and no internal address. */
  readonly detail: string
}

/** Keeps the note of the token up to date. Neither function rejects; they log failures. */
export interface TokenNotes {
  /** Tries the token now. */
  note(): Promise<void>
  /** Tries the token unless this or another instance did so a short while ago. */
  noteIfDue(): Promise<void>
}

/**
 * `check` tries the token. It returns the token's permissions, and rejects with the reason when CKAN refuses the token.
 */
export function createTokenNotes(deps: {
  readonly store: ObjectStore
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  readonly check: () => Promise<string>
}): TokenNotes {
  const { store, clock, logger, check } = deps
  let dueAt = 0

  async function loggingFailures(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      logger.log('warn', 'token_not_noted', { reason: messageOf(error) })
    }
  }

  async function tryToken(): Promise<void> {
    const outcome = await outcomeOf(check)
    const note: TokenNote = { version: 1, tried_at: clock.now().toISOString(), ...outcome }
    dueAt = dueAfter(note)
    const bytes = new TextEncoder().encode(JSON.stringify(note))
    await store.put(TOKEN_NOTE_KEY, bytes, { contentType: 'application/json' })
  }

  return {
    note: () => loggingFailures(tryToken),
    async noteIfDue() {
      if (clock.now().getTime() < dueAt) return
      await loggingFailures(async () => {
        const note = await readTokenNote(store)
        if (note !== undefined) dueAt = dueAfter(note)
        if (clock.now().getTime() >= dueAt) await tryToken()
      })
    },
  }
}

/** `undefined` when the linker has left no note that can be read. */
export async function readTokenNote(store: ObjectStore): Promise<TokenNote | undefined> {
  const found = await store.get(TOKEN_NOTE_KEY)
  if (found === undefined) return undefined
  try {
    const { tried_at, valid, detail } = JSON.parse(new TextDecoder().decode(found.bytes))
    return { version: 1, tried_at: new Date(tried_at).toISOString(), valid: valid === true, detail: String(detail) }
  } catch {
    return undefined
  }
}

/**
 * A line of `/readyz`. Throws when the token is invalid, and when the note is so old that the linker's schedule cannot
 * be running. A missing note is not a failure: a new deployment has none in the first hour.
 */
export function describeTokenNote(note: TokenNote | undefined, now: Date): string {
  if (note === undefined)
    return 'the linker has not tried the service token yet; it does so every hour, and when it links'
  if (now.getTime() - Date.parse(note.tried_at) > STALE_AFTER_MS)
    throw new TokenInvalidError(
      `The linker last tried the service token at ${note.tried_at}, but should do so every hour: check that its schedule runs.`,
    )
  if (!note.valid) throw new TokenInvalidError(note.detail)
  return note.detail
}

/** Rejects when CKAN did not answer: that says nothing about the token. */
async function outcomeOf(check: () => Promise<string>): Promise<Pick<TokenNote, 'valid' | 'detail'>> {
  try {
    return { valid: true, detail: await check() }
  } catch (error) {
    if (isRetryable(error) && !(error instanceof TokenInvalidError)) throw error
    return { valid: false, detail: messageOf(error) }
  }
}

function dueAfter({ tried_at, valid }: TokenNote): number {
  return Date.parse(tried_at) + (valid ? TRIED_EVERY_MS.valid : TRIED_EVERY_MS.invalid)
}
