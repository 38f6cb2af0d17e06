import { describe, expect, it } from 'vitest'
import { type Serving, type ServingFacts, servingOf, type UploadRecord } from '../../src/uploads/index.ts'

const KEY = 'resources/api_uploads/6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11/019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22/a.csv'
const NOW = 'aaaaaaaaaaaaaaaa'
const BEFORE = 'bbbbbbbbbbbbbbbb'

function record(changes: Partial<UploadRecord> = {}): UploadRecord {
  const entity = { type: 'resource', id: '6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11' } as const
  const id = '019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22'
  return { version: 1, id, entity, key: KEY, declared: {}, limits: {}, state: 'issued', ...changes }
}

const linkedAs = (version: string) => ({ version, size: 8, at: '2026-01-31T11:00:00.000Z' })
const linked = record({ state: 'linked', linked: linkedAs(NOW) })
const linkedBefore = record({ state: 'linked', linked: linkedAs(BEFORE) })
const withdrawn = record({ state: 'withdrawn', linked: linkedAs(NOW) })

type Row = readonly [what: string, facts: Partial<ServingFacts>, expected: Serving]

function expectRows(rows: readonly Row[]): void {
  it.each(rows)('%s', (_, facts, expected) => {
    const none = {
      key: KEY,
      record: undefined,
      version: NOW,
      shownVersion: undefined,
      recordsComplete: true,
      isScanned: false,
    }
    expect(servingOf({ ...none, ...facts })).toBe(expected)
  })
}

describe('an object whose record says that this version was linked', () => {
  expectRows([
    ['is present while CKAN shows it', { record: linked, shownVersion: NOW }, 'present'],
    ['is present while CKAN names another version of it', { record: linked, shownVersion: BEFORE }, 'present'],
    ['is replaced when CKAN points elsewhere', { record: linked }, 'replaced'],
    [
      'is withdrawn when the record says so, with any URL in CKAN',
      { record: withdrawn, shownVersion: NOW },
      'withdrawn',
    ],
    ['is withdrawn when it is removed already', { record: withdrawn, version: undefined }, 'withdrawn'],
    ['is not served when it is gone', { record: linked, version: undefined, shownVersion: NOW }, 'none'],
    ['is not served at another key than the record has', { record: linked, key: `${KEY}x`, shownVersion: NOW }, 'none'],
  ])
})

describe('an object whose record does not say that this version was linked', () => {
  const states = ['failed', 'aborted', 'superseded'] as const
  expectRows([
    ...states.map(
      (state): Row => [
        `is not served, though CKAN shows it: ${state}`,
        { record: record({ state }), shownVersion: NOW },
        'none',
      ],
    ),
    ['is not served when it was put after the linked version', { record: linkedBefore, shownVersion: NOW }, 'none'],
    ['is not served when CKAN names the linked version', { record: linkedBefore, shownVersion: BEFORE }, 'none'],
    ['is not served while CKAN points elsewhere', { record: record() }, 'none'],
    ['is present between the write to CKAN and that to the record', { record: record(), shownVersion: NOW }, 'present'],
    [
      'is not served while it is held, though CKAN shows it',
      { record: record({ held: 'proposed' }), shownVersion: NOW },
      'none',
    ],
    [
      'is not served before a scanner has looked at it',
      { record: record(), shownVersion: NOW, isScanned: true },
      'none',
    ],
    [
      'is not served when a scanner has looked at another version',
      { record: record({ state: 'scanning', scanned: BEFORE }), shownVersion: NOW, isScanned: true },
      'none',
    ],
    [
      'is present when a scanner has found it clean',
      { record: record({ state: 'scanning', scanned: NOW }), shownVersion: NOW, isScanned: true },
      'present',
    ],
    ['is not served for a made-up version', { record: record(), shownVersion: BEFORE }, 'none'],
    ['is present when it came late', { record: record({ state: 'expired' }), shownVersion: NOW }, 'present'],
  ])
})

describe('a plain key that is put again', () => {
  const claimed = { ...linkedBefore, claimed: NOW }
  expectRows([
    ['is present once the linker has claimed it and CKAN shows it', { record: claimed, shownVersion: NOW }, 'present'],
    ['is not served before CKAN shows it', { record: claimed, shownVersion: BEFORE }, 'none'],
    ['is not served before the linker has claimed it', { record: linkedBefore, shownVersion: NOW }, 'none'],
  ])
})

describe('an object without a record', () => {
  expectRows([
    ['is present in the version that CKAN shows', { shownVersion: NOW }, 'present'],
    [
      'is present in the version that CKAN shows, before records are complete',
      { shownVersion: NOW, recordsComplete: false },
      'present',
    ],
    [
      'is present in any version before records are complete',
      { shownVersion: BEFORE, recordsComplete: false },
      'present',
    ],
    ['is not served for a made-up version once records are complete', { shownVersion: BEFORE }, 'none'],
    ['is not served unless a scanner has looked at it', { shownVersion: NOW, isScanned: true }, 'none'],
    [
      'is present before records are complete, with a scanner too',
      { shownVersion: NOW, isScanned: true, recordsComplete: false },
      'present',
    ],
    ['is not served when CKAN points elsewhere', {}, 'none'],
    ['is not served when CKAN points elsewhere, before records are complete', { recordsComplete: false }, 'none'],
    [
      'is not served when there is no object',
      { version: undefined, shownVersion: NOW, recordsComplete: false },
      'none',
    ],
  ])
})
