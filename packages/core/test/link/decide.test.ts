import { describe, expect, it } from 'vitest'
import type { Resource } from '../../src/index.ts'
import { type Decision, decide } from '../../src/link/decide.ts'
import type { Candidate } from '../../src/link/upload.ts'
import { linkedUrl, type UploadRecord } from '../../src/uploads/index.ts'
import { keyOf, OTHER, RESOURCE, settingsOf, uploadId } from '../support/fixtures.ts'
import { resourceOf } from '../support/table-catalog.ts'
import { candidateOf, uploadOf } from '../support/uploads.ts'

const V1 = '1111111111111111'
const V2 = '2222222222222222'
const settings = settingsOf()
const superseded = { state: 'superseded' } as const
const ABORTED = { state: 'aborted', claimed: V1 } as const
const changedInCkan = { state: 'failed', code: 'changed_in_ckan' } as const
const linkedAt = { size: 8, at: '2026-03-04T05:00:00.000Z' }

/** The URL that CKAN shows for an upload; `order` 0 is the plain key. */
function own(order: number, version: string, resourceId = RESOURCE): string {
  return linkedUrl(settings, { fileName: 'data.csv', ...keyOf(order, resourceId) }, version)
}

function candidate(order: number, version: string, record: Partial<UploadRecord> | null = {}): Candidate {
  return candidateOf(uploadOf(keyOf(order), record), { version })
}

function decision(resource: Partial<Resource>, one: Candidate): Decision | undefined {
  return decide(settings, resourceOf(RESOURCE, resource), [one]).get(one)
}

const FOREIGN = 'https://example.org/a.csv'
const DAY_1 = '2026-01-01T00:00:00'
const DAY_2 = '2026-01-02T00:00:00'

describe('an upload with a record', () => {
  it.each<[string, Partial<Resource>, Partial<UploadRecord>, Decision['kind']]>([
    ['is linked when CKAN has no URL', { url: '' }, {}, 'write'],
    [
      'replaces the URL that CKAN showed at the request',
      { url: FOREIGN, lastModified: DAY_1 },
      { previous_url: FOREIGN, previous_last_modified: DAY_1 },
      'write',
    ],
    ['replaces any earlier upload', { url: own(1, V1), lastModified: DAY_2 }, { previous_url: FOREIGN }, 'write'],
    [
      'replaces a later upload that CKAN showed when the form of the file was saved',
      { url: own(3, V1), lastModified: DAY_2 },
      { previous_url: own(3, V1), previous_last_modified: DAY_2 },
      'write',
    ],
    [
      'is superseded by a later upload that came after the save of the form',
      { url: own(3, V1), lastModified: DAY_2 },
      { previous_url: own(1, V1), previous_last_modified: DAY_1 },
      'superseded',
    ],
    [
      'replaces no earlier upload if it may replace only what CKAN showed',
      { url: own(1, V1), lastModified: DAY_1 },
      { previous_url: FOREIGN, previous_last_modified: DAY_1, only_if_unchanged: true },
      'refused',
    ],
    [
      'replaces what CKAN showed if it may replace only that',
      { url: FOREIGN, lastModified: DAY_1 },
      { previous_url: FOREIGN, previous_last_modified: DAY_1, only_if_unchanged: true },
      'write',
    ],
    [
      'keeps a newer file at the same URL',
      { url: FOREIGN, lastModified: DAY_2 },
      { previous_url: FOREIGN, previous_last_modified: DAY_1, only_if_unchanged: true },
      'refused',
    ],
    [
      'replaces a plain key that CKAN showed at the request',
      { url: own(0, V1) },
      { previous_url: own(0, V1) },
      'write',
    ],
    [
      'replaces its own earlier content',
      { url: own(2, V1) },
      { state: 'linked', linked: { ...linkedAt, version: V1 } },
      'write',
    ],
    [
      'is linked after a new file has fixed a failure',
      { url: '' },
      { state: 'failed', code: 'size_mismatch' },
      'write',
    ],
    ['is unchanged when CKAN shows it', { url: own(2, V2) }, {}, 'unchanged'],
    [
      'is unchanged after changes to the format or the hash',
      { url: own(2, V2), format: 'GTFS', hash: 'd41d8', lastModified: DAY_2 },
      {},
      'unchanged',
    ],
    ['is superseded by a later upload', { url: own(3, V1) }, {}, 'superseded'],
    [
      'is never linked after an abort, even when its object exists',
      { url: own(1, V1) },
      { state: 'aborted' },
      'refused',
    ],
    ['is never linked after a withdrawal', { url: '' }, { state: 'withdrawn' }, 'refused'],
    ['does not count as linked after a withdrawal', { url: own(2, V2) }, { state: 'withdrawn' }, 'refused'],
    [
      'replaces a file of CKAN whose URL now has a language',
      { url: 'https://ckan.org/de/dataset/d/resource/r/download/a.csv' },
      { previous_url: 'https://ckan.org/dataset/d/resource/r/download/a.csv' },
      'write',
    ],
    ["keeps a person's other URL", { url: 'https://example.org/b.csv' }, { previous_url: FOREIGN }, 'refused'],
    ["keeps a person's first URL", { url: FOREIGN }, {}, 'refused'],
    ['keeps the URL empty when a person has emptied it', { url: '' }, { previous_url: FOREIGN }, 'refused'],
    [
      'keeps a URL that was changed and changed back',
      { url: FOREIGN, lastModified: DAY_2 },
      { previous_url: FOREIGN, previous_last_modified: DAY_1 },
      'refused',
    ],
    ['keeps a plain key that was linked after the request', { url: own(0, V1) }, { previous_url: '' }, 'refused'],
    [
      'is not linked a second time after a person replaced it',
      { url: FOREIGN },
      { previous_url: FOREIGN, state: 'linked', linked: { ...linkedAt, version: V2 } },
      'refused',
    ],
    [
      'is not linked a second time after a person restored an earlier upload',
      { url: own(1, V1) },
      { state: 'linked', linked: { ...linkedAt, version: V2 } },
      'refused',
    ],
    [
      'is not linked again with new content after a person replaced it',
      { url: FOREIGN },
      { previous_url: FOREIGN, state: 'linked', linked: { ...linkedAt, version: V1 } },
      'refused',
    ],
    ['stays refused after a change in CKAN', { url: FOREIGN }, { previous_url: FOREIGN, ...changedInCkan }, 'refused'],
    [
      'follows its object to a version that was linked before: both URLs lead to the same object',
      { url: own(2, V1) },
      { state: 'linked', linked: { ...linkedAt, version: V2 } },
      'write',
    ],
    ['follows its object when CKAN shows it, although it was superseded', { url: own(2, V1) }, superseded, 'write'],
    ['follows its object when CKAN shows it, although CKAN was changed', { url: own(2, V1) }, changedInCkan, 'write'],
    ['does not follow its object after an abort', { url: own(2, V1) }, { state: 'aborted' }, 'refused'],
    ['stays superseded', { url: '' }, superseded, 'refused'],
    [
      "treats a linked URL of another resource like a person's URL",
      { url: own(1, V1, OTHER) },
      { previous_url: '' },
      'refused',
    ],
    ["treats a linked URL with an extra query like a person's URL", { url: `${own(1, V1)}?x=1` }, {}, 'refused'],
  ])('%s', (_, resource, record, kind) => {
    expect(decision({ url: '', ...resource }, candidate(2, V2, record))?.kind).toBe(kind)
  })

  it('names the later upload', () => {
    expect(decision({ url: own(3, V1) }, candidate(2, V2))).toEqual({ kind: 'superseded', by: uploadId(3) })
  })

  it('says what to do after a refusal', () => {
    const refused = [
      decision({ url: FOREIGN }, candidate(2, V2)),
      decision({ url: FOREIGN }, candidate(2, V2, null)),
      decision({ url: FOREIGN }, candidate(2, V2, { linked: { ...linkedAt, version: V2 } })),
      decision({ url: '' }, candidate(2, V2, { linked: { ...linkedAt, version: V2 } })),
    ]
    expect(refused.map((one) => one?.kind === 'refused' && one.reason)).toEqual([
      expect.stringMatching(/changed in CKAN after .* Upload again/),
      expect.stringMatching(/No upload record .* request an upload URL/),
      expect.stringMatching(/linked before, .* Upload again/),
      expect.stringMatching(/no URL any more.* ckan-uplink versions restore \S+ \S+$/),
    ])
  })
})

describe('an upload without a record', () => {
  it.each<[string, string, Decision['kind']]>([
    ['is linked when CKAN has no URL', '', 'write'],
    ['replaces an earlier upload', own(1, V1), 'write'],
    ['is superseded by a later upload', own(3, V1), 'superseded'],
    ['follows its object when CKAN shows it', own(2, V1), 'write'],
    ["does not replace a person's URL", FOREIGN, 'refused'],
  ])('%s', (_, url, kind) => expect(decision({ url }, candidate(2, V2, null))?.kind).toBe(kind))
})

describe('a plain key', () => {
  it.each<[string, Partial<Resource>, Partial<UploadRecord> | null, Decision['kind']]>([
    ['replaces any URL', { url: FOREIGN }, null, 'write'],
    ['replaces an upload with an id', { url: own(9, V1) }, null, 'write'],
    ['is linked after the removal of an earlier file, which older versions noted in the record', {}, ABORTED, 'write'],
    [
      'replaces its own earlier content',
      { url: own(0, V1) },
      { state: 'linked', claimed: V1, linked: { ...linkedAt, version: V1 } },
      'write',
    ],
    ['is unchanged when CKAN shows it', { url: own(0, V2) }, null, 'unchanged'],
    [
      'links its claimed version over the noted URL',
      { url: FOREIGN, lastModified: DAY_1 },
      { claimed: V2, previous_url: FOREIGN, previous_last_modified: DAY_1 },
      'write',
    ],
    ["keeps a person's change after the claim", { url: FOREIGN }, { claimed: V2, previous_url: '' }, 'refused'],
    [
      'follows its object to a version that was linked before: both URLs lead to the same object',
      { url: own(0, V1) },
      { claimed: V2, linked: { ...linkedAt, version: V2 } },
      'write',
    ],
    [
      'is not linked a second time in a version that was',
      { url: FOREIGN },
      { claimed: V2, linked: { ...linkedAt, version: V2 } },
      'refused',
    ],
  ])('%s', (_, resource, record, kind) => expect(decision(resource, candidate(0, V2, record))?.kind).toBe(kind))
})

describe('several uploads of one resource', () => {
  it.each([[[1, 2, 3]], [[3, 2, 1]], [[2, 3, 1]]])(
    'write the upload that was requested last, in any order: %j',
    (orders) => {
      const candidates = orders.map((order) => candidate(order, V1))
      const decisions = decide(settings, resourceOf(RESOURCE), candidates)
      expect(candidates.map((one, index) => [orders[index], decisions.get(one)])).toEqual(
        orders.map((order) => [order, order === 3 ? { kind: 'write' } : { kind: 'superseded', by: uploadId(3) }]),
      )
    },
  )

  it.each([[[0, 3]], [[3, 0]]])('write the plain key, which replaces anything: %j', (orders) => {
    const candidates = orders.map((order) => candidate(order, V1, order === 0 ? null : {}))
    const decisions = decide(settings, resourceOf(RESOURCE), candidates)
    expect(candidates.map((one) => decisions.get(one))).toEqual(
      orders.map((order) => (order === 0 ? { kind: 'write' } : { kind: 'superseded', by: `plain-${RESOURCE}` })),
    )
  })

  it('write an earlier upload when the last one may not replace the present file', () => {
    const may = candidate(1, V1, { previous_url: FOREIGN })
    const mayNot = candidate(2, V2, { previous_url: 'https://example.org/b.csv' })
    const decisions = decide(settings, resourceOf(RESOURCE, { url: FOREIGN }), [may, mayNot])
    expect([decisions.get(may)?.kind, decisions.get(mayNot)?.kind]).toEqual(['write', 'refused'])
  })
})

describe('an upload that CKAN shows at a former address', () => {
  const former = linkedUrl(
    { ...settings, gatewayUrl: 'https://old.example.org' },
    { fileName: 'data.csv', ...keyOf(1) },
    V1,
  )
  const again = candidate(1, V1, { state: 'linked', linked: { ...linkedAt, version: V1 } })

  it('is refused with the address and what to do, when the settings do not know the address', () =>
    expect(decision({ url: former }, again)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/at another address, https:\/\/old\.example\.org\..*--moved-from/u),
    }))

  it('is unchanged when the settings know the address', () => {
    const known = { ...settings, formerUrls: ['https://old.example.org'] }
    expect(decide(known, resourceOf(RESOURCE, { url: former }), [again]).get(again)).toEqual({ kind: 'unchanged' })
  })
})
