import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CkanAccess, type CkanCalls, createCkanCalls, only } from '../../support/ckan-calls.ts'
import { createGatewayCalls, type GatewayCalls } from '../support/gateway-calls.ts'
import { liveSitesNamed } from '../support/sites.ts'
import { createRandom, type FuzzRequest, type Known, makeRequest } from './fuzz-requests.ts'
import { type Answer, describeRequest, sendRaw } from './send.ts'

const HIDDEN_CSV = 'a,b\n3,4\n'
const RUN_MS = 20_000
const LANES = 6
/** The seed in a test's title repeats a failed run. */
const SEED = Number(process.env['UPLINK_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const SECURITY_HEADERS = ['content-security-policy', 'referrer-policy', 'x-content-type-options']
const OWN_FAILURE = /The gateway failed|cannot be reached at the moment/u
const SIGNATURE = /X-Amz-Signature/iu

interface Role {
  readonly name: string
  readonly token?: string
  readonly mayUpdate?: true
  readonly mayRead?: true
}

const sites: readonly (readonly [string, () => Promise<CkanAccess & { close?(): Promise<void> }>])[] = [
  ['the stand-in', startCkanStandIn],
  ['CKAN 2.12', async () => liveSitesNamed('2.12')[0] ?? expect.fail('CKAN 2.12 is missing')],
]

describe.each(sites)(`the gateway before %s, attacked by every role, seed ${SEED}`, (_, openSite) => {
  let folder: string
  let site: Awaited<ReturnType<typeof openSite>>
  let ckan: CkanCalls
  let local: LocalHandle
  let calls: GatewayCalls
  let known: Known
  let openId: string
  let hiddenId: string
  const log: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-attack-'))
    site = await openSite()
    ckan = createCkanCalls(site)
    local = await startLocal({
      folder: join(folder, 'local'),
      ports: await choosePorts('0'),
      ckan: { url: site.url, token: site.tokens.admin },
      settings: { REQUESTS_PER_MINUTE: '1000000' },
      onLog: (line) => log.push(line),
    })
    calls = createGatewayCalls(() => local.gateway, site.tokens.editor)
    const [open, hidden] = [await ckan.newDataset(2), await ckan.newDataset(1, { private: true })]
    openId = open.resources[0] ?? ''
    hiddenId = only(hidden)
    known = await learn([open.id, ...open.resources, hidden.id])
  })
  afterAll(async () => {
    await local?.close()
    if (site?.close) await site.close()
    else {
      await setRoleOfMember('member')
      await ckan?.purge()
    }
    await rm(folder, { recursive: true, force: true })
  })

  it('reveals nothing to readers, and lets them change nothing', async () => {
    const { outsider, member } = site.tokens
    const before = await state()
    await attack([
      { name: 'anonymous' },
      { name: 'outsider', token: outsider },
      { name: 'member', token: member, mayRead: true },
    ])
    expect(await state()).toEqual(before)
    expect((await calls.askForUrl(openId)).url).toMatch(SIGNATURE)
  })

  it('neither fails nor reveals secrets to writers', async () => {
    const { editor, member, admin } = site.tokens
    await setRoleOfMember('admin')
    const writers = { editor, 'admin of the organization': member, sysadmin: admin }
    const roles = Object.entries(writers).map(
      ([name, token]) => ({ name, token, mayUpdate: true, mayRead: true }) as const,
    )
    await attack([{ name: 'anonymous' }, ...roles])
    expect(await (await fetch(`${local.gateway}/healthz`)).json()).toEqual({ status: 'ok' })
  })

  async function setRoleOfMember(role: string): Promise<void> {
    const { name: username } = await ckan.act('user_show', {}, 'member')
    await ckan.act('organization_member_create', { id: site.organization, username, role }, 'admin')
  }

  /** Ids of existing objects, and existing paths. */
  async function learn(ids: readonly string[]): Promise<Known> {
    const uploads = [
      await calls.askForUrl(openId),
      await calls.askForUrl(openId, { name: 'large.bin', size: 10, multipart: true }),
      await calls.upload(openId, 'a,b\n1,2\n'),
      await calls.upload(hiddenId, HIDDEN_CSV),
    ]
    for (const { id } of uploads.slice(2)) await vi.waitUntil(async () => (await stateOf(id)) === 'linked', 180_000)
    const { id: owner } = await ckan.act('user_show', {}, 'editor')
    const files = uploads.map(({ key }) => key.replace(/^resources\/api_uploads\/([^/]+)/u, '/resource/$1/download'))
    const others = [openId, hiddenId].map((id) => `/resource/${id}/download/table.csv`)
    return {
      ids: [...ids, owner, site.organization, ...uploads.map(({ id }) => id)],
      paths: [
        ...['/', '/healthz', '/readyz', '/openapi.json', `/images/user/${owner}/${uploads[0]?.id}/a.png`],
        ...files.map((path) => path.replace(/[^/]+$/u, '0123456789abcdef/$&')),
        ...[...files, ...others, ...uploads.flatMap(({ id, key }) => [`/uploads/${id}`, `/${key}`])],
      ],
    }
  }

  async function stateOf(id: string): Promise<string> {
    return (await calls.ask('upload_show', { id })).body.result.state
  }

  /** The state of CKAN and the uploads. */
  async function state() {
    const { body } = await calls.ask('upload_list', {}, site.tokens.admin)
    return [await ckan.dataset(known.ids[0] ?? ''), await ckan.resource(hiddenId), body.result]
  }

  async function attack(roles: readonly Role[]): Promise<void> {
    const seen = log.length
    const until = Date.now() + RUN_MS
    const counts = new Map<number, number>()
    const lane = async (number: number) => {
      const random = createRandom(SEED + number)
      while (Date.now() < until) {
        const role = roles[Math.floor(random() * roles.length)] ?? { name: 'nobody' }
        const status = await attackOnce(role, makeRequest(random, known, role.token))
        counts.set(status, (counts.get(status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
    const sent = [...counts.values()].reduce((sum, count) => sum + count, 0)
    console.log(`${sent} requests, by status:`, Object.fromEntries(counts))
    expect(sent).toBeGreaterThan(200)
    expect(log.slice(seen).filter(isFaultyLine)).toEqual([])
  }

  /** The status of the answer, or 0 where the answer may be missing and is. */
  async function attackOnce(role: Role, request: FuzzRequest): Promise<number> {
    const answer = await sendRaw(local.gateway, request)
    if (answer === undefined && isLeft(request)) return 0
    const faults = answer ? faultsOf(role, request, answer) : ['no answer']
    const words = `${role.name}: ${describeRequest(request)} -> ${answer?.status} ${answer?.text.slice(0, 300)}`
    expect(faults, words).toEqual([])
    return answer?.status ?? 0
  }

  /** A server may refuse a large body unread: it closes the connection, and the answer may be lost. */
  function isLeft({ breaksOff, body }: FuzzRequest): boolean {
    return breaksOff || (body?.length ?? 0) > 65_536
  }

  function faultsOf(role: Role, { path }: FuzzRequest, { status, headers, text }: Answer): readonly string[] {
    const whole = `${JSON.stringify(headers)}${text}`
    const others = Object.values(site.tokens).filter((token) => token !== role.token)
    const isPrivate = String(headers['location'] ?? '').includes(hiddenId) || text === HIDDEN_CSV
    const isOwnFailure = status >= 500 && (OWN_FAILURE.test(text) || !path.includes('/action/'))
    return [
      ...(isOwnFailure ? [`status ${status}`] : []),
      ...SECURITY_HEADERS.filter((name) => headers[name] === undefined).map((name) => `no ${name}`),
      ...(others.some((token) => whole.includes(token)) ? ["somebody else's token"] : []),
      ...(SIGNATURE.test(text) && !role.mayUpdate ? ['a signed URL in the answer'] : []),
      ...(isPrivate && !role.mayRead ? ['a private file'] : []),
    ]
  }

  function isFaultyLine(line: string): boolean {
    const isSecret = SIGNATURE.test(line) || Object.values(site.tokens).some((token) => line.includes(token))
    return isSecret || line.includes('"request_failed"')
  }
})
