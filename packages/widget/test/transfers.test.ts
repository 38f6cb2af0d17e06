import { NotAllowedError, NotFoundError, RefusedError, type UploadOptions } from '@ckan-uplink/client'
import { describe, expect, it, vi } from 'vitest'
import { createToken, SignedOutError } from '../src/credentials.ts'
import { createFormUploads } from '../src/form.ts'
import type { KeptUpload, KeptUploads } from '../src/kept-uploads.ts'
import { EMPTY_FILE, type Sender } from '../src/prepare.ts'
import { createTransfers, type TransfersOptions } from '../src/transfers.ts'

const MIB = 1024 ** 2
const GATEWAY = 'https://uploads.example.org'

type Upload = (file: Blob, options: UploadOptions) => Promise<void>

/** A busy machine takes much longer than the second that Vitest allows. */
const eventually = (assertion: () => void) => vi.waitFor(assertion, { timeout: 120_000 })

/** A gateway that gives an upload to each file, unless `refuse` names a reason. */
function site(
  given: {
    readonly upload?: Upload
    readonly refuse?: (name: string) => string | undefined
    /** Files whose resource is not new. */
    readonly known?: readonly string[]
    /** When `dataset_upload` answers. */
    readonly answer?: Promise<void>
  } = {},
) {
  const calls: { readonly action: string; readonly params: unknown }[] = []
  const sent: UploadOptions[] = []
  const aborted: string[] = []
  const states = new Map<string, { readonly state: string; readonly reason?: string }>()
  async function act(action: string, params: { readonly files?: readonly { readonly name: string }[] } = {}) {
    calls.push({ action, params })
    const files = (params.files ?? []).map(({ name }) => {
      const reason = given.refuse?.(name)
      if (reason !== undefined) return { name, error: { name: [reason] } }
      const upload = { id: name, url: 'https://bucket', headers: {}, status_key: `key of ${name}` }
      return { name, resource: { id: `resource of ${name}`, is_new: !given.known?.includes(name) }, upload }
    })
    if (action === 'dataset_upload') await given.answer
    return { id: 'id of the dataset', files }
  }
  const uplink = {
    action: act,
    async upload(file: Blob, options: UploadOptions) {
      sent.push(options)
      const { issued, resume, resource } = options
      const id = issued?.upload.id ?? resume ?? 'new upload'
      const begin = resume === undefined ? options.onBegin : undefined
      await begin?.({
        id,
        resource: issued?.resource ?? resource ?? '',
        resumable: options.multipart === true,
      })
      await given.upload?.(file, options)
      options.signal?.throwIfAborted()
      return { id, resource: '' }
    },
    async abort(id: string) {
      aborted.push(id)
    },
    statuses: async (keyed: readonly { readonly id: string }[]) =>
      new Map(keyed.map(({ id }) => [id, states.get(id) ?? { state: 'linked' }])),
    show: async (id: string) => states.get(id) ?? { state: 'linked' },
    waitFor: async () => ({ state: 'linked' }),
  } as unknown as Sender
  return { uplink, calls, sent, aborted, states }
}

function memory(...before: readonly KeptUpload[]): KeptUploads & { readonly all: Map<string, KeptUpload> } {
  const all = new Map(before.map((kept) => [kept.id, kept]))
  return {
    all,
    list: async (place) => [...all.values()].filter((kept) => kept.place === place),
    async put(kept) {
      all.set(kept.id, kept)
    },
    async remove(id) {
      all.delete(id)
    },
  }
}

function start({ uplink }: Pick<ReturnType<typeof site>, 'uplink'>, options: Partial<TransfersOptions> = {}) {
  return createTransfers({
    uplink,
    gateway: GATEWAY,
    target: { dataset: 'city-budget' },
    followLoads: false,
    kept: memory(),
    checksum: async (file) => `sha256 of ${file.name}`,
    onChange: () => {},
    ...options,
  })
}

/** CKAN's session, and the client of each resource that it gives grants for. */
function session(given: Parameters<typeof site>[0] = {}) {
  const ckan = site()
  const sites = new Map<string, ReturnType<typeof site>>()
  const byGrants = {
    action: ckan.uplink.action,
    senderFor(resource: string) {
      const own = sites.get(resource) ?? site(given)
      sites.set(resource, own)
      return own.uplink
    },
  }
  return { ckan, sites, byGrants }
}

const file = (name: string, size = 5) => ({
  path: name,
  file: new File([new Uint8Array(size)], name, { lastModified: 1000 }),
})
const untilAborted: Upload = (_file, { signal }) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
const statesOf = ({ list }: ReturnType<typeof start>) => list.map(({ state }) => state)

describe('a file for a form of CKAN', () => {
  const ID = '019c4a7e-3b52-7c61-9f0d-2a8e6b1c5d40'
  const kept: KeptUpload = {
    id: ID,
    resource: 'minted before',
    form: 'signed before',
    place: `${GATEWAY} form new city-budget`,
    path: 'a.csv',
    size: 5,
    modifiedMs: 1000,
    hash: 'sha256 of a.csv',
  }

  function inForm(given: Parameters<typeof site>[0] = {}, store = memory(), more: object = {}) {
    const sites = new Map<string, ReturnType<typeof site>>()
    let begun = 0
    const form = {
      begin: async () => {
        begun += 1
        return { resource: `minted ${begun}`, form: `signed ${begun}` }
      },
      senderFor(signed: string) {
        const own = sites.get(signed) ?? site(given)
        sites.set(signed, own)
        return own.uplink
      },
      ...more,
    }
    const target = { form: 'saved' in more ? 'saved r' : 'new city-budget' }
    const transfers = start(site(), { form, target, multipart: true, kept: store })
    return { transfers, sites, store }
  }

  it('is sent in parts for the resource of the form, and not completed', async () => {
    const { transfers, sites, store } = inForm()
    await transfers.add([file('a.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['ready']))
    expect(transfers.list[0]?.form).toEqual({ resource: 'minted 1', form: 'signed 1' })
    expect(sites.get('signed 1')?.sent).toMatchObject([
      { resource: 'minted 1', multipart: true, complete: false, checksum: 'sha256 of a.csv' },
    ])
    expect([...store.all.values()]).toMatchObject([{ form: 'signed 1', resource: 'minted 1', place: kept.place }])
    await transfers.release()
    expect(store.all.size).toBe(0)
  })

  it('goes on in a later visit, by the form of before, also when every part has arrived', async () => {
    vi.useFakeTimers({ now: 0x019c4a7e3b52 + 1000, toFake: ['Date'] })
    try {
      const { transfers, sites, store } = inForm({}, memory(kept))
      expect(await transfers.unfinished()).toEqual([kept])
      await transfers.add([file('a.csv')])
      await eventually(() => expect(statesOf(transfers)).toEqual(['ready']))
      expect(transfers.list[0]?.form).toEqual({ resource: 'minted before', form: 'signed before' })
      expect(sites.get('signed before')?.sent).toMatchObject([{ resume: ID, complete: false }])
      expect([...store.all.keys()]).toEqual([ID])
    } finally {
      vi.useRealTimers()
    }
  })

  it('goes on at another place after CKAN has saved the form, and is completed there', async () => {
    vi.useFakeTimers({ now: 0x019c4a7e3b52 + 1000, toFake: ['Date'] })
    try {
      const completed: string[] = []
      const store = memory(kept)
      const saved = { place: 'new city-budget', upload: ID }
      const complete = async (form: string, upload: string) => void completed.push(`${form}: ${upload}`)
      const { transfers, sites } = inForm({}, store, { saved, complete })
      expect(await transfers.unfinished()).toMatchObject([{ id: ID, place: `${GATEWAY} form saved r` }])
      expect(await inForm({}, store).transfers.unfinished()).toEqual([])
      await transfers.add([file('a.csv')])
      await eventually(() => expect(completed).toEqual([`signed before: ${ID}`]))
      expect(sites.get('signed before')?.sent).toMatchObject([{ resume: ID, complete: false }])
      await eventually(() => expect(store.all.size).toBe(0))
      await eventually(() => expect(statesOf(transfers)).toEqual(['linked']))
    } finally {
      vi.useRealTimers()
    }
  })

  it('is not shown to another person of the same browser', async () => {
    const store = memory()
    const of = (person: string) =>
      start(site({ upload: untilAborted }), { person, target: { resource: 'r' }, multipart: true, kept: store })
    await of('anna').add([file('a.csv')])
    await eventually(() => expect(store.all.size).toBe(1))
    expect((await of('anna').unfinished()).map(({ path }) => path)).toEqual(['a.csv'])
    expect(await of('ben').unfinished()).toEqual([])
  })

  it('begins again when the earlier upload is over, and after a week', async () => {
    vi.useFakeTimers({ now: 0x019c4a7e3b52 + 1000, toFake: ['Date'] })
    try {
      const over: Upload = async (_file, { resume }) => {
        if (resume) throw new RefusedError('Upload takes no more parts.')
      }
      const { transfers, store } = inForm({ upload: over }, memory(kept))
      await transfers.add([file('a.csv')])
      await eventually(() => expect(statesOf(transfers)).toEqual(['ready']))
      expect(transfers.list[0]?.form).toEqual({ resource: 'minted 1', form: 'signed 1' })
      expect(store.all.has(ID)).toBe(false)
      vi.setSystemTime(Date.now() + 7 * 86_400_000)
      expect(await inForm({}, memory(kept)).transfers.unfinished()).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ['is over when CKAN takes its statement no more, as after another person began it', 404, NotFoundError],
    ['waits for a login when the session has ended', 403, SignedOutError],
  ])('%s', async (_what, status, kind) => {
    const getGrant = () => Promise.reject(Object.assign(new Error('CKAN gives no grant'), { status }))
    const forms = createFormUploads(
      { place: 'r1', begin: async () => ({ resource: 'r1', form: 'f' }), getGrant },
      GATEWAY,
    )
    await expect(forms.senderFor('of before').upload(file('a.csv').file, { resume: ID })).rejects.toThrow(kind)
  })

  it.each([
    ['waits for a login when the session ended before it began', 401, 'paused'],
    ['fails when CKAN does not take it', 403, 'failed'],
  ])('%s', async (_what, status, state) => {
    const begin = () => Promise.reject(Object.assign(new Error('CKAN gives no grant'), { status }))
    const form = createFormUploads({ place: 'r1', begin, getGrant: async () => '' }, GATEWAY)
    const transfers = start(site(), { form, target: { form: 'r1' }, multipart: true })
    await transfers.add([file('a.csv')])
    await eventually(() => expect(transfers.list).toMatchObject([{ state, reason: 'CKAN gives no grant' }]))
  })

  it('can be paused, and taken out of the form again', async () => {
    let isStopped = true
    const upload: Upload = (...asked) => (isStopped ? untilAborted(...asked) : Promise.resolve())
    const { transfers, sites, store } = inForm({ upload })
    await transfers.add([file('a.csv')])
    const [transfer] = transfers.list
    await eventually(() => expect(transfer?.begun?.id).toBe('new upload'))
    if (transfer) transfers.pause(transfer)
    await eventually(() => expect(statesOf(transfers)).toEqual(['paused']))
    isStopped = false
    if (transfer) transfers.resume(transfer)
    await eventually(() => expect(statesOf(transfers)).toEqual(['ready']))
    if (transfer) await transfers.cancel(transfer)
    expect([statesOf(transfers), sites.get('signed 1')?.aborted, store.all.size]).toEqual([
      ['cancelled'],
      ['new upload'],
      0,
    ])
  })
})

describe('a file by an upload link', () => {
  /** A gateway that takes files by the link, except `refused.csv`. */
  function linked(upload?: Upload) {
    const gateway = site(upload && { upload })
    const action = async (name: string, params: { readonly name?: string } = {}) => {
      gateway.calls.push({ action: name, params })
      if (params.name === 'refused.csv') throw new NotAllowedError('This upload link has expired.')
      const upload = { id: params.name, url: null, headers: {}, status_key: `key of ${params.name}` }
      return { resource: `new resource of ${params.name}`, upload }
    }
    const uplink = { ...gateway.uplink, action } as Sender
    return { ...gateway, transfers: start({ uplink }, { target: { link: 'a1' }, multipart: true }) }
  }

  it('begins by the link with its name, size and checksum, and ends where a person decides', async () => {
    const { transfers, calls, sent, states } = linked()
    for (const name of ['a.csv', 'b.csv']) states.set(name, { state: 'proposed' })
    await transfers.add([file('data/a.csv'), file('b.csv', 7)])
    await eventually(() => expect(statesOf(transfers)).toEqual(['proposed', 'proposed']))
    expect(calls).toEqual([
      { action: 'upload_link_use', params: { id: 'a1', name: 'a.csv', size: 5, hash: 'sha256 of data/a.csv' } },
      { action: 'upload_link_use', params: { id: 'a1', name: 'b.csv', size: 7, hash: 'sha256 of b.csv' } },
    ])
    expect(sent.map(({ issued }) => issued?.resource)).toEqual(['new resource of a.csv', 'new resource of b.csv'])
    transfers.close()
  })

  it('says why it is not completed, also when the creator of the link has lost the right meanwhile', async () => {
    const status = { details: { status: 403 } }
    const upload: Upload = async () => Promise.reject(new NotAllowedError('The creator may not update it.', status))
    const { transfers, sent } = linked(upload)
    await transfers.add([file('a.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['failed']))
    expect(transfers.list[0]?.reason).toBe('The creator may not update it.')
    expect(sent).toHaveLength(1)
  })

  it('is not begun when it is empty, and says so', async () => {
    const { transfers, calls } = linked()
    await transfers.add([file('empty.csv', 0), file('good.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['failed', 'linked']))
    expect(transfers.list[0]?.reason).toBe(EMPTY_FILE)
    expect(calls).toMatchObject([{ params: { name: 'good.csv' } }])
    transfers.close()
  })

  it('fails by itself with the reason, and can be tried again', async () => {
    const { transfers, calls } = linked()
    await transfers.add([file('refused.csv'), file('good.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['failed', 'linked']))
    const [refused] = transfers.list
    expect(refused?.reason).toContain('has expired')
    if (refused) transfers.resume(refused)
    await eventually(() => expect(calls).toHaveLength(3))
    transfers.close()
  })
})

describe('a cancelled file', () => {
  const removals = ({ calls }: ReturnType<typeof site>) =>
    calls.flatMap(({ action, params }) => (action === 'package_revise' ? [params] : []))
  const removalOf = (name: string) => ({
    match: { id: 'id of the dataset' },
    [`match__resources__resource of ${name}__url`]: '',
    filter: [`-resources__resource of ${name}`],
    include: '-*',
  })

  /** Cancels the first of two files before `dataset_upload` has answered. */
  async function cancelWhileAsked(gateway: ReturnType<typeof site>) {
    const transfers = start(gateway)
    await transfers.add([file('a.csv'), file('b.csv')])
    await eventually(() => expect(gateway.calls).toHaveLength(1))
    const [first] = transfers.list
    if (first) await transfers.cancel(first)
    return transfers
  }

  it('takes its new resource with it, if CKAN shows no file there', async () => {
    const gateway = site({ upload: untilAborted })
    const transfers = start(gateway)
    await transfers.add([file('a.csv'), file('b.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['sending', 'sending']))
    const [first] = transfers.list
    if (first) await transfers.cancel(first)
    expect(removals(gateway)).toEqual([removalOf('a.csv')])
    transfers.close()
  })

  it('takes a resource with it that is created only afterwards', async () => {
    const { promise: answer, resolve } = Promise.withResolvers<void>()
    const gateway = site({ answer })
    const transfers = await cancelWhileAsked(gateway)
    resolve()
    await eventually(() => expect(statesOf(transfers)).toEqual(['cancelled', 'linked']))
    expect(removals(gateway)).toEqual([removalOf('a.csv')])
  })

  it('stays cancelled when its request is refused meanwhile', async () => {
    const { promise: answer, reject } = Promise.withResolvers<void>()
    const gateway = site({ answer })
    const transfers = await cancelWhileAsked(gateway)
    reject(new NotAllowedError('You may not update this dataset.', {}))
    await eventually(() => expect(statesOf(transfers)).toEqual(['cancelled', 'failed']))
    expect(removals(gateway)).toEqual([])
  })

  it('leaves a resource that was there before, and a file that has arrived', async () => {
    const gateway = site({ known: ['a.csv'] })
    gateway.states.set('b.csv', { state: 'issued' })
    const before = start(site({ known: ['a.csv'], upload: untilAborted }))
    await before.add([file('a.csv')])
    await eventually(() => expect(statesOf(before)).toEqual(['sending']))
    for (const transfer of before.list) await before.cancel(transfer)
    const transfers = start(gateway)
    await transfers.add([file('a.csv'), file('b.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['linked', 'arrived']))
    for (const transfer of transfers.list) await transfers.cancel(transfer)
    expect(removals(gateway)).toEqual([])
    before.close()
    transfers.close()
  })
})

describe('files of a dataset', () => {
  it('get their uploads by one request, with checksums, and are linked', async () => {
    const gateway = site()
    const transfers = start(gateway)
    await transfers.add([file('a.csv'), file('data/b.csv'), file('c.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['linked', 'linked', 'linked']))
    expect(gateway.calls).toMatchObject([
      {
        action: 'dataset_upload',
        params: { id: 'city-budget', files: [{ name: 'a.csv', hash: 'sha256 of a.csv' }, {}, {}] },
      },
    ])
    expect(transfers.list[1]?.begun?.resource).toBe('resource of data/b.csv')
  })

  it('ask for parts where a pause would cost much', async () => {
    const gateway = site()
    const transfers = start(gateway)
    await transfers.add([file('small.csv'), file('large.csv', 17 * MIB)])
    await eventually(() => expect(statesOf(transfers)).toEqual(['linked', 'linked']))
    expect(gateway.sent.map(({ multipart }) => multipart)).toEqual([undefined, true])
  })

  it('do not stop one another: a refused one says why', async () => {
    const transfers = start(site({ refuse: (name) => (name === 'bad' ? 'Must have an extension' : undefined) }))
    await transfers.add([file('bad'), file('good.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['failed', 'linked']))
    expect(transfers.list[0]?.reason).toBe('name: Must have an extension')
  })

  it('tell each change once', async () => {
    const seen: string[] = []
    const onChange: TransfersOptions['onChange'] = (transfer) => transfer && seen.push(transfer.state)
    const transfers = start(site({ refuse: () => 'Must have an extension' }), { onChange })
    await transfers.add([file('bad')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['failed']))
    expect(seen).toEqual(['waiting', 'checking', 'failed'])
  })

  it('get their resources after another sign-in', async () => {
    const gateway = site()
    let isSignedIn = false
    const action: Sender['action'] = async (name, params) => {
      if (!isSignedIn) throw new SignedOutError('Sign in again.')
      return gateway.uplink.action(name, params)
    }
    const transfers = start({ uplink: { ...gateway.uplink, action } })
    await transfers.add([file('a.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['paused']))
    isSignedIn = true
    for (const transfer of transfers.list) transfers.resume(transfer)
    await eventually(() => expect(statesOf(transfers)).toEqual(['linked']))
    expect(transfers.list[0]?.begun?.resource).toBe('resource of a.csv')
  })

  it('say what the linker says against them', async () => {
    const gateway = site()
    gateway.states.set('a.csv', { state: 'failed', reason: 'The content has another checksum.' })
    const transfers = start(gateway)
    await transfers.add([file('a.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['failed']))
    expect(transfers.list[0]?.reason).toBe('The content has another checksum.')
  })

  it('are sent three at a time', async () => {
    const gateway = site({ upload: untilAborted })
    const transfers = start(gateway)
    await transfers.add(['a', 'b', 'c', 'd'].map((name) => file(name)))
    await eventually(() => expect(statesOf(transfers)).toEqual(['sending', 'sending', 'sending', 'waiting']))
    const [first] = transfers.list
    if (first) await transfers.cancel(first)
    await eventually(() => expect(statesOf(transfers)).toEqual(['cancelled', 'sending', 'sending', 'sending']))
    transfers.close()
  })
})

describe('a large file', () => {
  it('continues after a pause, and is forgotten when it has arrived', async () => {
    let isHeld = true
    const gateway = site({ upload: async (...args) => (isHeld ? untilAborted(...args) : undefined) })
    const kept = memory()
    const transfers = start(gateway, { kept })
    await transfers.add([file('large.csv', 17 * MIB)])
    await eventually(() => expect(kept.all.size).toBe(1))
    const [large] = transfers.list
    if (large === undefined) throw new Error('no transfer')
    transfers.pause(large)
    expect(large.state).toBe('paused')
    isHeld = false
    await eventually(() => expect(large.stop?.signal.aborted).toBe(true))
    transfers.resume(large)
    await eventually(() => expect(large.state).toBe('linked'))
    expect(gateway.sent.at(-1)).toMatchObject({ resume: 'large.csv' })
    expect(kept.all.size).toBe(0)
  })

  const before: KeptUpload = {
    id: 'begun before',
    resource: 'r',
    place: `${GATEWAY} city-budget`,
    path: 'large.csv',
    size: 17 * MIB,
    modifiedMs: 1000,
    hash: 'sha256:1',
  }

  it('continues after a reload, when the same file is chosen again', async () => {
    const gateway = site()
    const transfers = start(gateway, { kept: memory(before) })
    expect(await transfers.unfinished()).toEqual([before])
    await transfers.add([file('large.csv', 17 * MIB)])
    expect(await transfers.unfinished()).toEqual([])
    await eventually(() => expect(statesOf(transfers)).toEqual(['linked']))
    expect(gateway.sent.map(({ resume }) => resume)).toEqual(['begun before'])
    expect(gateway.calls).toEqual([])
  })

  it('begins again when it was changed, or when its upload is over', async () => {
    const changed = start(site(), { kept: memory({ ...before, modifiedMs: 999 }) })
    await changed.add([file('large.csv', 17 * MIB)])
    expect(changed.list[0]?.begun).toBeUndefined()
    const upload: Upload = async (_file, { resume }) => {
      if (resume) throw new RefusedError('The upload has expired.')
    }
    const gateway = site({ upload })
    const over = start(gateway, { kept: memory(before) })
    await over.add([file('large.csv', 17 * MIB)])
    await eventually(() => expect(statesOf(over)).toEqual(['linked']))
    expect(gateway.sent.at(-1)).toMatchObject({ resource: 'r' })
  })

  it('is aborted at the store when it is cancelled or forgotten', async () => {
    const gateway = site({ upload: untilAborted })
    const kept = memory(before, { ...before, id: 'other', path: 'other.csv' })
    const transfers = start(gateway, { kept })
    await transfers.add([file('large.csv', 17 * MIB)])
    await eventually(() => expect(statesOf(transfers)).toEqual(['sending']))
    for (const transfer of transfers.list) await transfers.cancel(transfer)
    for (const unfinished of await transfers.unfinished()) await transfers.forget(unfinished)
    expect(gateway.aborted).toEqual(['begun before', 'other'])
    expect(kept.all.size).toBe(0)
  })
})

describe('the sign-in', () => {
  it('is renewed before a grant ends', async () => {
    let now = 0
    let count = 0
    const token = createToken(
      async () => `grant ${++count}`,
      () => now,
    )
    expect([await token(), await token()]).toEqual(['grant 1', 'grant 1'])
    now = 250_000
    expect(await token()).toBe('grant 2')
  })

  it('pauses the files when it ends, and continues them later', async () => {
    let isSignedIn = false
    const upload: Upload = async () => {
      if (!isSignedIn) throw new SignedOutError('CKAN asks to log in.')
    }
    const transfers = start(site({ upload }), { target: { resource: 'r' } })
    await transfers.add([file('a.csv')])
    await eventually(() => expect(transfers.list[0]).toMatchObject({ state: 'paused', reason: 'CKAN asks to log in.' }))
    isSignedIn = true
    for (const transfer of transfers.list) transfers.resume(transfer)
    await eventually(() => expect(statesOf(transfers)).toEqual(['linked']))
  })

  it('fails with the reason where CKAN does not allow it', async () => {
    const upload: Upload = async () => {
      throw new NotAllowedError('CKAN does not allow it.')
    }
    const transfers = start(site({ upload }), { target: { resource: 'r' } })
    await transfers.add([file('a.csv')])
    await eventually(() =>
      expect(transfers.list[0]).toMatchObject({ state: 'failed', reason: 'CKAN does not allow it.' }),
    )
  })
})

describe("files by CKAN's session", () => {
  const names = (params: unknown) =>
    (params as { update__resources__extend: { id: string; name: string }[] }).update__resources__extend

  it('get their resources by one call of CKAN, and each is sent by a grant for its own resource', async () => {
    const { ckan, sites, byGrants } = session()
    const gateway = site()
    const transfers = start(gateway, { byGrants, multipart: true })
    await transfers.add([file('a.csv'), file('b.csv')])
    await eventually(() => expect(statesOf(transfers)).toEqual(['linked', 'linked']))
    expect(ckan.calls).toEqual([{ action: 'package_revise', params: expect.objectContaining({ include: '-*' }) }])
    const created = names(ckan.calls[0]?.params)
    expect(created.map(({ name }) => name)).toEqual(['a.csv', 'b.csv'])
    expect([...sites.keys()]).toEqual(created.map(({ id }) => id))
    for (const [resource, { sent }] of sites) expect(sent).toMatchObject([{ resource, multipart: true }])
    expect([gateway.calls, gateway.sent]).toEqual([[], []])
  })

  it('pause when the session has ended, and go on to the same resource', async () => {
    let isLoggedOut = true
    const upload = async () => {
      if (isLoggedOut) throw new SignedOutError('You are logged out.')
    }
    const { ckan, sites, byGrants } = session({ upload })
    const transfers = start(site(), { byGrants, multipart: true })
    await transfers.add([file('a.csv')])
    await eventually(() => expect(transfers.list).toMatchObject([{ state: 'paused', reason: 'You are logged out.' }]))
    isLoggedOut = false
    for (const transfer of transfers.list) transfers.resume(transfer)
    await eventually(() => expect(statesOf(transfers)).toEqual(['linked']))
    expect([ckan.calls.length, sites.size]).toEqual([1, 1])
  })

  it('leave no resource when they are cancelled, and drop their parts by their own grant', async () => {
    const { ckan, sites, byGrants } = session({ upload: untilAborted })
    const transfers = start(site(), { byGrants, multipart: true })
    await transfers.add([file('a.csv')])
    await eventually(() => expect(transfers.list[0]?.begun).toBeDefined())
    for (const transfer of transfers.list) await transfers.cancel(transfer)
    const [{ id = '' } = {}] = names(ckan.calls[0]?.params)
    expect(ckan.calls[1]?.params).toMatchObject({ filter: [`-resources__${id}`] })
    expect(sites.get(id)?.aborted).toEqual(['new upload'])
  })
})
