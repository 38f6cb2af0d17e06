import type { UplinkError } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { wordsOf } from '../src/ckan-errors.ts'
import { createCkanClient } from '../src/index.ts'
import { failure, forbidden, notFound, type Reply, startScriptedCkan, unknownAction } from './scripted-ckan.ts'

async function errorFor(reply: Reply, params: object = {}, token = ''): Promise<UplinkError> {
  const { url } = await startScriptedCkan(() => reply)
  const call = createCkanClient({ url, concurrency: 1, timeoutMs: 5000 }).call('package_revise', params, token)
  return call.then(
    () => expect.unreachable('The call succeeded.'),
    (thrown: UplinkError) => thrown,
  )
}

describe("CKAN's answers", () => {
  it.each<[string, Reply, string, string]>([
    [
      '403 of CKAN',
      forbidden,
      'not_allowed',
      'CKAN does not allow package_revise: Access denied: User carol not authorized to edit package',
    ],
    ['404 of CKAN', notFound, 'not_found', 'CKAN has nothing for package_revise: Not found'],
    [
      '409',
      failure(409, 'Validation Error', { size: ['Invalid integer'] }),
      'refused',
      'CKAN refused package_revise: size: Invalid integer',
    ],
    [
      '400 as a string',
      unknownAction,
      'refused',
      'CKAN refused package_revise: Bad request - Action name not known: x',
    ],
    [
      'an error with status 200',
      { ...notFound, status: 200 },
      'not_found',
      'CKAN has nothing for package_revise: Not found',
    ],
    [
      '409 without a word',
      failure(409, 'Validation Error'),
      'refused',
      'CKAN refused package_revise: CKAN gave no reason',
    ],
  ])('%s is final', async (_, reply, code, message) => {
    expect(await errorFor(reply)).toMatchObject({ code, message, retryable: false })
  })

  it.each<[string, Reply]>([
    ['403 page of a proxy', { status: 403, text: '<html>Forbidden</html>' }],
    ['404 page of a proxy', { status: 404, text: '<html>Not Found</html>' }],
    ["403 in a proxy's JSON", { status: 403, json: { message: 'no' } }],
    ["404 without CKAN's type", { status: 404, json: { success: false, error: { message: 'no' } } }],
    ['405 page', { status: 405, text: '<html>Method Not Allowed</html>' }],
    ['413 page', { status: 413, text: '<html>Too Large</html>' }],
    ['415 page', { status: 415, text: '<html>Unsupported</html>' }],
    ['empty 409', { status: 409, text: '' }],
    ['429', { status: 429, text: 'slow down' }],
    ['500 of CKAN', failure(500, 'Internal Server Error', { message: 'Internal Server Error' })],
    ['500 page', { status: 500, text: '<html>Oops</html>' }],
    ['502 string', { status: 502, json: 'bad gateway' }],
    ['empty 504', { status: 504, text: '' }],
    ['page with status 200', { text: '<html>Maintenance</html>' }],
    ['empty 200', { text: '' }],
    ['JSON null with status 200', { json: null }],
    ['success that is not true', { json: { success: 'true', result: 1 } }],
    ['server error with status 200', { ...failure(500, 'Search Index Error'), status: 200 }],
  ])('a %s is not', async (_, reply) => {
    expect(await errorFor(reply)).toMatchObject({ code: 'unavailable', retryable: true })
  })

  it.each<[string, Reply, RegExp]>([
    [
      'the search index',
      failure(500, 'Search Index Error'),
      /answered package_revise with 500 Search Index Error: .*CKAN's log/u,
    ],
    ['a proxy', { status: 403, text: 'no' }, /with 403 without JSON: check this address/u],
    ['a rate limit', { status: 429, text: '' }, /with 429 .*CKAN_CONCURRENCY/u],
  ])('say what to do about %s', async (_, reply, words) => {
    expect((await errorFor(reply)).message).toMatch(words)
  })

  it('keeps its words by field for programs', async () => {
    const errors = { title: ['Missing value'], resources: [{}, { size: ['Invalid integer'] }] }
    expect((await errorFor(failure(409, 'Validation Error', errors))).details).toEqual({
      action: 'package_revise',
      status: 409,
      errors: { ...errors, __type: 'Validation Error' },
    })
  })

  it('repeats neither the request nor the token', async () => {
    const params = { match: { id: 'd1' }, update: { notes: 'confidential' } }
    const error = await errorFor(
      failure(400, 'Integrity Error', { message: 'Unmatched key x', data: params }),
      params,
      'secret-token',
    )
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/confidential|secret-token/u)
    expect(error.message).toBe('CKAN refused package_revise: Unmatched key x')
  })
})

describe('nested errors on one line', () => {
  it.each<[unknown, string]>([
    [{ title: ['Missing value', 'Too short'] }, 'title: Missing value Too short'],
    [
      { resources: [{}, { size: ['Invalid integer'], url: ['Missing value'] }] },
      'resources[1].size: Invalid integer; resources[1].url: Missing value',
    ],
    [{ message: [{ match: ['resources__0__url'] }] }, '[0].match: resources__0__url'],
    [{ extras: [{ key: { deep: 'Wrong' } }], __type: 'Validation Error' }, 'extras[0].key.deep: Wrong'],
    [{ name: 'That name is taken', owner_org: null }, 'name: That name is taken'],
    [{}, 'CKAN gave no reason'],
  ])('%j', (errors, words) => {
    expect(wordsOf(errors)).toBe(words)
  })

  it('are cut after a limit', () => {
    expect(wordsOf({ notes: 'x'.repeat(5000) })).toHaveLength(1001)
  })
})
