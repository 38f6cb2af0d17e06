import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OperatedEdition, openOperatedEdition } from '../../support/operated-edition.ts'
import { inTerminal, type Typist } from './in-terminal.ts'

const GREEN = '\u001b[32m'
const RED = '\u001b[31m'
const CTRL_C = '\u0003'
const KEY = 'uplink/parked/scribble.json'

let edition: OperatedEdition
beforeAll(async () => {
  edition = await openOperatedEdition({ local: { settings: { LOADER: 'xloader' } } })
})
afterAll(() => edition?.close())

/** Runs an operator's command, with the token in the environment unless `env` says otherwise. */
function type(
  args: string,
  answers: Typist['answers'] = [],
  token: object = { CKAN_API_TOKEN: edition.ckan.tokens.admin },
) {
  const env = { XDG_STATE_HOME: edition.folder, ...token }
  return inTerminal(args.split(' '), { cwd: edition.folder, program: 'npm run uplink', env, answers })
}

describe('an operator at a terminal', () => {
  it('is asked for a missing token, and the terminal does not show it', async () => {
    const token = edition.ckan.tokens.admin
    const { shown, code } = await type('reconcile', [["A sysadmin's token of", `${token}\r`]], {})
    expect([code, shown]).toMatchObject([0, expect.stringContaining('0 looked at')])
    expect(shown).not.toContain(token.slice(0, 8))
    expect(await type('reconcile', [["A sysadmin's token of", CTRL_C]], {})).toMatchObject({ code: 1 })
    expect((await type('parked list', [], {})).shown).toContain('Nothing is parked.')
  })

  it('drops parked messages only after a yes', async () => {
    await edition.store.put(KEY, new TextEncoder().encode('no message'))
    for (const answer of ['\r', 'n\r', CTRL_C]) {
      expect(await type('parked drop --all', [['Drop this message?', answer]])).toMatchObject({
        code: 1,
        shown: expect.stringContaining('is not a parked message'),
      })
    }
    expect(await edition.store.head(KEY)).toBeDefined()
    expect(await type('parked drop --all', [['Drop this message?', 'y\r']])).toMatchObject({
      code: 0,
      shown: expect.stringContaining('scribble  dropped'),
    })
    expect(await edition.store.head(KEY)).toBeUndefined()
  })

  it('sees the progress of a replay', async () => {
    for (let count = 0; count < 3; count += 1)
      await edition.store.put(`resources/api_uploads/${crypto.randomUUID()}`, new Uint8Array(1))
    await expect.poll(async () => (await type('parked list')).shown).toMatch(/(?:does not exist.*){3}/su)
    expect((await type('parked replay --all')).shown).toContain('3 of 3')
    await type('parked drop --all --yes')
  })

  it('sees the results of doctor in colour, unless NO_COLOR is set', async () => {
    const { shown, code } = await type('doctor --no-probe')
    expect(code).toBe(1)
    expect(shown).toContain(`${GREEN}✔`)
    expect(shown).toMatch(new RegExp(`${RED.replace('[', '\\[')}✘\\S* loader`, 'u'))
    const token = { CKAN_API_TOKEN: edition.ckan.tokens.admin, NO_COLOR: '1' }
    expect((await type('doctor --no-probe', [], token)).shown).not.toContain(GREEN)
  })

  it('sees the progress of a reconciliation on a line that disappears', async () => {
    for (let count = 0; count < 20; count += 1)
      await edition.store.put(`resources/api_uploads/${crypto.randomUUID()}`, new Uint8Array(1))
    const { shown } = await type('reconcile')
    expect(shown).toMatch(/\d+ looked at, files/u)
    expect(shown).toContain('\u001b[2K')
  })
})
