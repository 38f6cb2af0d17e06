import { NotFoundError, RefusedError, UnavailableError } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { createFiles } from '../src/files.ts'

const OWNER = { type: 'resource', id: 'r', pinned: true }
const PLACE = { storage: 'uplink', location: 'r/u/a.csv' }

/** CKAN as a list of answers by action. An action without an answer is not known. */
function open(answers: Readonly<Record<string, unknown>>) {
  const calls: string[] = []
  const files = createFiles(async (action) => {
    calls.push(action)
    const answer = answers[action]
    if (answer instanceof Error) throw answer
    if (answer !== undefined) return answer
    const details = { action, status: 400 }
    throw new RefusedError(`CKAN refused ${action}: Bad request - Action name not known: ${action}`, { details })
  })
  return { files, calls }
}

const refused = (errors: object) => new RefusedError('CKAN refused it.', { details: { status: 409, errors } })
const REGISTERED = refused({ location: ['File is already registered'] })

describe("CKAN's files", () => {
  it.each([
    ['ckanext-files', { files_file_register: { id: 'f' }, files_file_rename: {} }, 'files_file_rename'],
    ['CKAN 2.12', { file_register: { id: 'f' }, file_rename: {} }, 'file_rename'],
  ])('are those of %s, which it asks for once', async (_, answers, last) => {
    const { files, calls } = open(answers)
    expect(await files.registerFile(PLACE, OWNER)).toEqual({ id: 'f', isGiven: false })
    await files.renameFile('f', 'a.csv')
    expect(calls.at(-1)).toBe(last)
    expect(calls.filter((action) => action.includes('rename'))).toHaveLength(1)
  })

  it('that CKAN does not have are refused with the remedy', async () => {
    await expect(open({}).files.registerFile(PLACE, OWNER)).rejects.toThrow('install ckanext-files, use CKAN 2.12')
  })

  it('are found by storage and location among the files of the resource, then of the service', async () => {
    const others = {
      results: [
        { id: 'x', storage: 'uplink', location: 'r/u/b.csv' },
        { id: 'y', ...PLACE, storage: 'z' },
      ],
    }
    const { files, calls } = open({ file_register: REGISTERED, file_owner_scan: others })
    expect(await files.registerFile(PLACE, OWNER)).toBeUndefined()
    expect(calls.filter((action) => action === 'file_owner_scan')).toHaveLength(2)
    const own = open({ file_register: REGISTERED, file_owner_scan: { results: [{ id: 'f', ...PLACE }] } })
    expect(await own.files.registerFile(PLACE, OWNER)).toEqual({ id: 'f', isGiven: true })
    const ofUser = { type: 'user', id: 'the service itself', pinned: false }
    expect(await own.files.registerFile(PLACE, ofUser)).toEqual({ id: 'f', isGiven: false })
  })

  it('of another storage name what to compare', async () => {
    const { files } = open({ file_register: new NotFoundError('Not found.') })
    await expect(files.registerFile(PLACE, OWNER)).rejects.toThrow(
      'storage uplink has no object "r/u/a.csv": give the storage',
    )
  })

  it('that are pinned stay with their owner, and other refusals are passed on', async () => {
    const pinned = refused({ force: ['Must be enabled to transfer pinned files'] })
    await open({ file_ownership_transfer: pinned }).files.giveFile('f', OWNER)
    const other = refused({ owner_type: ['Missing value'] })
    await expect(open({ file_ownership_transfer: other }).files.giveFile('f', OWNER)).rejects.toBe(other)
  })

  it('stay with the service, in words, when CKAN does not find the new owner', async () => {
    const notFound = new NotFoundError('Not found.')
    const row = { ...PLACE, owner_type: 'user', owner_id: 'u', pinned: false }
    const there = open({ file_ownership_transfer: notFound, file_show: row })
    await expect(there.files.giveFile('f', OWNER)).rejects.toThrow('CKAN has no resource r')
    expect(await there.files.readFile('f')).toEqual({ ...PLACE, owner: { type: 'user', id: 'u', pinned: false } })
    const gone = open({ file_ownership_transfer: notFound, file_show: notFound })
    await expect(gone.files.giveFile('f', OWNER)).rejects.toBe(notFound)
    expect(await gone.files.readFile('f')).toBeUndefined()
  })

  it('of the resource are removed, and files of another owner stay', async () => {
    const own = { owner_type: 'resource', owner_id: 'r' }
    const ofResource = open({ file_show: own, file_delete: {} })
    expect(await ofResource.files.removeFile('f', OWNER)).toBe(true)
    expect(ofResource.calls.at(-1)).toBe('file_delete')
    const given = open({ file_show: { ...own, owner_id: 'other' }, file_delete: {} })
    expect(await given.files.removeFile('f', OWNER)).toBe(false)
    expect(given.calls).not.toContain('file_delete')
    expect(await open({ file_show: new NotFoundError('Not found.') }).files.removeFile('f', OWNER)).toBe(true)
  })

  it.each([refused({ location: ['Invalid'] }), new UnavailableError('CKAN is away.')])(
    'throw the error of CKAN unchanged: %s',
    async (error) => {
      await expect(open({ file_register: error }).files.registerFile(PLACE, OWNER)).rejects.toBe(error)
    },
  )
})
