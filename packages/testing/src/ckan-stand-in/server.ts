import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type ApiAnswer, answerAction, answerBadData, badRequest, html, json } from './api.ts'
import type { Action, Call } from './call.ts'
import { answerDownload, type StoredFiles } from './download.ts'
import type { FaultDesk, FaultEffect } from './faults.ts'
import type { Fields } from './json.ts'
import { answerPlugin, type Plugin } from './plugin-pages.ts'
import { type ApiRequest, readRequestData } from './request-data.ts'
import { createRowLocks } from './row-locks.ts'
import type { CkanVersion, State, User } from './state.ts'
import { naive } from './times.ts'

export interface ServerParts {
  readonly version: CkanVersion
  readonly tokenHeader: string
  readonly state: State
  readonly actions: ReadonlyMap<string, Action>
  readonly faults: FaultDesk
  readonly storedFiles: StoredFiles
  readonly clock: () => Date
  readonly plugin: Plugin | undefined
  /** A call as the given user. */
  readonly newCall: (caller: User | undefined) => Call
  /** Resolves when the state is on disk. */
  readonly save: () => Promise<void>
}

/** The HTTP side: routes, tokens, the order of lock, faults, action, disk, answer. */
export function createHttpServer(parts: ServerParts): Server {
  const locked = createRowLocks()

  async function runAction(
    name: string,
    action: Action,
    params: Fields,
    caller: User | undefined,
  ): Promise<ApiAnswer | 'cut'> {
    const done = await locked(action.lock?.(parts.state, params), async () => {
      const fault = await suffer(parts.faults.strike(name, 'before'))
      if (fault !== undefined) return { fault }
      const answer = answerAction(parts.newCall(caller), name, action, params)
      if (action.sideEffectFree !== true && answer.status === 200) await parts.save()
      return { answer }
    })
    return done.answer === undefined ? done.fault : ((await suffer(parts.faults.strike(name, 'after'))) ?? done.answer)
  }

  async function answerCall(
    name: string,
    request: ApiRequest,
    headers: IncomingMessage['headers'],
  ): Promise<ApiAnswer | 'cut'> {
    const action = parts.actions.get(name)
    if (action === undefined) return badRequest(`Action name not known: ${name}`, parts.version)
    const data = await readRequestData(request, action, parts.version)
    if (typeof data === 'string' || 'problem' in data) return answerBadData(data, parts.version)
    return runAction(name, action, data.params, callerOf(parts, headers))
  }

  function answerPath(path: string, headers: IncomingMessage['headers']): ApiAnswer {
    const showResource = parts.actions.get('resource_show')
    const call = parts.newCall(callerOf(parts, headers))
    const file = showResource && answerDownload(call, showResource, decodeURI(path), parts.storedFiles)
    return file ?? answerPage(path, parts.version)
  }

  async function answer(message: IncomingMessage): Promise<ApiAnswer | 'cut'> {
    const url = new URL(message.url ?? '/', 'http://ckan.invalid')
    const name = /^\/api\/(?:3\/)?action\/([^/]+)$/u.exec(url.pathname)?.[1]
    const body = await readBody(message)
    if (url.pathname.startsWith('/uplink/') && parts.plugin !== undefined)
      return answerPlugin(parts, parts.plugin, { url, body, caller: callerOf(parts, withoutName(message.headers)) })
    if (name === undefined) return answerPath(url.pathname, message.headers)
    const method = message.method === 'HEAD' ? 'GET' : (message.method ?? '')
    if (method !== 'GET' && method !== 'POST') return html(405, 'Method Not Allowed')
    const leave = parts.faults.enter(name)
    const request = { method, query: url.searchParams, contentType: message.headers['content-type'] ?? '', body }
    return answerCall(name, request, message.headers).finally(leave)
  }

  return createServer((message, response) => {
    answer(message).then(
      (result) => send(response, result, parts.clock()),
      (error) => {
        console.error(error)
        send(response, html(500, 'Internal Server Error'), parts.clock())
      },
    )
  })
}

function answerPage(path: string, version: CkanVersion): ApiAnswer {
  if (/^\/api(?:\/3)?\/?$/u.test(path)) return json(200, { version: 3 })
  if (path !== '/') return html(404, 'Not Found')
  const body = `This is the built-in CKAN of ckan-uplink: it answers like CKAN ${version}, on /api/3/action/… only.\n`
  return { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body }
}

/**
 * An unknown token is no error to CKAN: its caller is anonymous. A known one is noted as used. Only 2.10 still reads
 * the old header.
 */
function callerOf(
  { state, version, tokenHeader, clock }: ServerParts,
  headers: IncomingMessage['headers'],
): User | undefined {
  const names = version === '2.10' ? ['x-ckan-api-key', 'authorization'] : [tokenHeader.toLowerCase()]
  const text = names.map((name) => headers[name]).find((value) => typeof value === 'string') ?? ''
  const token = Object.hasOwn(state.tokens, text) ? state.tokens[text] : undefined
  if (token !== undefined) state.tokens[text] = { ...token, lastAccess: naive(clock()) }
  return token && state.users[token.userId]
}

/** A browser without a session sends a token as the password of any name. */
function withoutName(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const [, encoded] = /^Basic (\S+)$/iu.exec(headers.authorization ?? '') ?? []
  if (encoded === undefined) return headers
  return {
    ...headers,
    authorization: Buffer.from(encoded, 'base64')
      .toString()
      .replace(/^[^:]*:/u, ''),
  }
}

/** Waits out the delays, then gives the first effect that ends the call. */
async function suffer(effects: readonly FaultEffect[]): Promise<ApiAnswer | 'cut' | undefined> {
  for (const effect of effects) {
    if (effect === 'cut') return 'cut'
    if ('wait' in effect) await effect.wait()
    else return toAnswer(effect)
  }
  return undefined
}

function toAnswer({ status, body, headers = {} }: Extract<FaultEffect, { status: number }>): ApiAnswer {
  const page = html(status, 'Injected fault')
  return { status, headers: { ...page.headers, ...headers }, body: body ?? page.body }
}

function send(response: ServerResponse, answer: ApiAnswer | 'cut', now: Date): void {
  if (answer === 'cut') {
    response.socket?.destroy()
    return
  }
  response.sendDate = false
  response.writeHead(answer.status, { ...answer.headers, Date: now.toUTCString() })
  response.end(answer.body)
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}
