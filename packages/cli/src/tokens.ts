import { NotAllowedError, NotFoundError, type Token } from '@ckan-uplink/client'
import { isConfirmed } from './ask.ts'
import { printRows, type Row, toTable } from './table.ts'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

export interface RevokeCommand {
  readonly user?: string
  /** In milliseconds, as is `unusedFor`. */
  readonly olderThan?: number
  readonly unusedFor?: number
  readonly nameLike?: string
  readonly dryRun: boolean
  readonly yes: boolean
}

const HEAD = ['id', 'name', 'created', 'last used']

/** Lists the tokens of a user, the caller's own where none is named; never the tokens themselves, which CKAN doesn't keep. */
export async function listTokens({ user }: { readonly user?: string }, work: Work): Promise<number> {
  await printRows(work.printer, HEAD, (await tokensOf(user, work)).map(toRow))
  return 0
}

/** Makes a token of the caller's. It goes to stdout and nothing else does, so that it can be piped. */
export async function createToken(name: string, work: Work): Promise<number> {
  const token = await work.uplink.tokens.create(await ownName(work), name)
  console.log(work.printer.json ? JSON.stringify({ name, token }) : token)
  if (!work.printer.json) console.error('CKAN shows this token once: keep it where only you can read it.')
  return 0
}

/** Revokes tokens by their ids, or all that a description fits; then it asks first, and the token in use stays. The result is how many stayed by a failure. */
export async function revokeTokens(ids: readonly string[], command: RevokeCommand, work: Work): Promise<number> {
  const { olderThan, unusedFor, nameLike, dryRun, yes } = command
  const describes = [olderThan, unusedFor, nameLike].some((value) => value !== undefined)
  if (ids.length > 0 === describes)
    throw new UsageError(
      'Give either the ids of tokens, or what describes them: --older-than, --unused-for, --name-like.',
    )
  const wanted = describes ? await describedTokens(command, work) : await namedTokens(ids, command, work)
  if (dryRun) {
    await printRows(work.printer, HEAD, wanted.map(toRow))
    return 0
  }
  if (describes && !yes && wanted.length > 0 && !(await isAgreed(wanted)))
    throw new Error('Stopped: no token was revoked.')
  return revoke(wanted, work)
}

async function describedTokens(command: RevokeCommand, work: Work): Promise<readonly Token[]> {
  const { olderThan, unusedFor, nameLike = '' } = command
  const now = Date.now()
  const isLongAgo = (time: string, ms: number | undefined) => ms === undefined || now - timeOf(time) >= ms
  const isMeant = ({ name, created_at, last_access }: Token) =>
    name.toLowerCase().includes(nameLike.toLowerCase()) &&
    isLongAgo(created_at, olderThan) &&
    isLongAgo(last_access ?? created_at, unusedFor)
  const meant = (await tokensOf(command.user, work)).filter(isMeant)
  const others = meant.filter(({ id }) => id !== work.tokenId)
  if (others.length < meant.length) console.error('The token in use is one of them, and stays: revoke it by its id.')
  if (others.length === 0) console.error('There is no such token.')
  return others
}

/** As they are known: a token of somebody else's can be revoked by a sysadmin without being listed. */
async function namedTokens(ids: readonly string[], { user }: RevokeCommand, work: Work): Promise<readonly Token[]> {
  const known = await tokensOf(user, work)
  return ids.map((id) => known.find((token) => token.id === id) ?? { id, name: '', created_at: '', last_access: null })
}

async function isAgreed(tokens: readonly Token[]): Promise<boolean> {
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

/** The oldest first: CKAN has no order of its own. */
async function tokensOf(user: string | undefined, work: Work): Promise<readonly Token[]> {
  const tokens = await work.uplink.tokens.list(user ?? (await ownName(work)))
  return tokens.toSorted((a, b) => timeOf(a.created_at) - timeOf(b.created_at))
}

async function ownName({ uplink, signal }: Work): Promise<string> {
  try {
    return (await uplink.action<{ readonly name: string }>('user_show', {}, { signal })).name
  } catch (thrown) {
    if (!(thrown instanceof NotFoundError)) throw thrown
    throw new NotAllowedError('CKAN does not know the token: it is revoked, expired or mistyped.', { cause: thrown })
  }
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

/** CKAN writes UTC without saying so. */
function timeOf(time: string): number {
  return Date.parse(/Z|[+-]\d\d:\d\d$/u.test(time) ? time : `${time}Z`)
}
