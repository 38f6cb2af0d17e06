import type { Token } from '@ckan-uplink/client'
import { isConfirmed } from './ask.ts'
import { printRows, type Row, toTable } from './table.ts'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

export interface RevokeCommand {
  readonly user?: string
  /** In milliseconds, as is `unusedFor`. */
  readonly olderThan?: number
  readonly unusedFor?: number
  readonly name?: string
  readonly nameLike?: string
  readonly dryRun: boolean
  readonly yes: boolean
}

const HEAD = ['id', 'name', 'created', 'last used']

/** Lists the tokens of a user, by default of the caller, without their secrets, which CKAN does not keep. */
export async function listTokens({ user }: { readonly user?: string }, work: Work): Promise<number> {
  await printRows(work.printer, HEAD, (await tokensOf(user, work)).map(toRow))
  return 0
}

/** Creates a token for the caller. Only the token goes to stdout, so that it can be piped. */
export async function createToken(name: string, work: Work): Promise<number> {
  const token = await work.uplink.tokens.create(name)
  console.log(work.printer.json ? JSON.stringify({ name, token }) : token)
  if (!work.printer.json) console.error('CKAN shows this token once: store it where only you can read it.')
  return 0
}

/**
 * Revokes tokens by id, or all that match a description. With a description it asks first and keeps the token in use.
 * Returns the number of failures.
 */
export async function revokeTokens(ids: readonly string[], command: RevokeCommand, work: Work): Promise<number> {
  const { olderThan, unusedFor, name, nameLike, dryRun, yes } = command
  const describes = [olderThan, unusedFor, name, nameLike].some((value) => value !== undefined)
  if (ids.length > 0 === describes)
    throw new UsageError(
      'Give either the ids of tokens, or a description: --older-than, --unused-for, --name, --name-like.',
    )
  const wanted = describes ? await describedTokens(command, work) : await namedTokens(ids, command, work)
  if (dryRun) {
    await printRows(work.printer, HEAD, wanted.map(toRow))
    return 0
  }
  if (describes && !yes && wanted.length > 0 && !(await isRevocationConfirmed(wanted)))
    throw new Error('Stopped: no token was revoked.')
  return revoke(wanted, work)
}

async function describedTokens(command: RevokeCommand, work: Work): Promise<readonly Token[]> {
  const { olderThan, unusedFor, nameLike = '' } = command
  const isNamed = (name: string) => command.name === undefined || name === command.name
  const now = Date.now()
  const isLongAgo = (time: string, ms: number | undefined) => ms === undefined || now - timeOf(time) >= ms
  const isMatch = ({ name, created_at, last_access }: Token) =>
    isNamed(name) &&
    name.toLowerCase().includes(nameLike.toLowerCase()) &&
    isLongAgo(created_at, olderThan) &&
    isLongAgo(last_access ?? created_at, unusedFor)
  const found = (await tokensOf(command.user, work)).filter(isMatch)
  const others = found.filter(({ id }) => id !== work.tokenId)
  if (others.length < found.length) console.error('The token in use matches, too, and is kept: revoke it by its id.')
  if (others.length === 0) console.error('No other token matches.')
  return others
}

/** The tokens with these ids. An id that is not listed is kept: a sysadmin may revoke another user's token. */
async function namedTokens(ids: readonly string[], { user }: RevokeCommand, work: Work): Promise<readonly Token[]> {
  const known = await tokensOf(user, work)
  return ids.map((id) => known.find((token) => token.id === id) ?? { id, name: '', created_at: '', last_access: null })
}

async function isRevocationConfirmed(tokens: readonly Token[]): Promise<boolean> {
  console.error(
    toTable(
      HEAD,
      tokens.map((token) => toRow(token).cells),
    ),
  )
  return isConfirmed(tokens.length === 1 ? 'Revoke this token?' : `Revoke these ${tokens.length} tokens?`)
}

async function revoke(tokens: readonly Token[], { uplink, printer, signal }: Work): Promise<number> {
  let failures = 0
  for (const { id, name } of tokens) {
    if (signal.aborted) break
    for (const { revoked, reason = '' } of await uplink.tokens.revoke([id])) {
      if (revoked) printer.result({ id, name, revoked }, `${id}  revoked  ${name}`)
      else printer.failure({ id, name, revoked, reason }, id)
      if (!revoked) failures += 1
    }
  }
  signal.throwIfAborted()
  return failures
}

/** The tokens of a user, oldest first. CKAN does not sort them. */
async function tokensOf(user: string | undefined, work: Work): Promise<readonly Token[]> {
  const tokens = await work.uplink.tokens.list(user)
  return tokens.toSorted((a, b) => timeOf(a.created_at) - timeOf(b.created_at))
}

function toRow(token: Token): Row {
  const { id, name, created_at, last_access } = token
  return {
    result: { ...token },
    cells: [id, name, dayOf(created_at), last_access === null ? 'never' : dayOf(last_access)],
  }
}

function dayOf(time: string): string {
  return time.slice(0, 10)
}

/** CKAN writes times in UTC without a zone. */
function timeOf(time: string): number {
  return Date.parse(/Z|[+-]\d\d:\d\d$/u.test(time) ? time : `${time}Z`)
}
