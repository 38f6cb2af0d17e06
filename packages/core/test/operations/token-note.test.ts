import { describe, expect, it } from 'vitest'
import { TokenInvalidError, UnavailableError } from '../../src/index.ts'
import { createTokenNotes, describeTokenNote, readTokenNote } from '../../src/operations/index.ts'
import { MINUTE_MS } from '../../src/support/index.ts'
import { createMemoryStore } from '../support/memory-store.ts'

function setUp(answers: readonly (string | Error)[]) {
  const store = createMemoryStore()
  const logged: string[] = []
  const time = { now: new Date('2026-01-31T11:00:00.000Z') }
  const tried = { times: 0 }
  const deps = {
    store,
    clock: { now: () => time.now },
    logger: { log: (_: string, event: string) => logged.push(event) },
    async check() {
      const answer = answers[Math.min(tried.times, answers.length - 1)]
      tried.times += 1
      if (answer instanceof Error) throw answer
      return answer ?? ''
    },
  }
  return {
    notes: createTokenNotes(deps),
    otherInstance: createTokenNotes(deps),
    store,
    logged,
    tried,
    pass: (minutes: number) => {
      time.now = new Date(time.now.getTime() + minutes * MINUTE_MS)
    },
    async line() {
      return describeTokenNote(await readTokenNote(store), time.now)
    },
  }
}

describe('the note of the service token', () => {
  it('describes the permissions of the token', async () => {
    const { notes, line } = setUp(["the service token is a sysadmin's"])
    await notes.note()
    expect(await line()).toBe("the service token is a sysadmin's")
  })

  it('says why CKAN refuses the token', async () => {
    const { notes, line } = setUp([new TokenInvalidError('CKAN does not know the service token.')])
    await notes.note()
    await expect(line()).rejects.toThrow('CKAN does not know the service token.')
  })

  it('is missing in a new deployment, which is no failure', async () => {
    expect(await setUp([]).line()).toContain('has not tried the service token yet')
  })

  it('is a failure when it is older than three hours: the schedule does not run', async () => {
    const { notes, line, pass } = setUp(['fine'])
    await notes.note()
    pass(180)
    expect(await line()).toBe('fine')
    pass(1)
    await expect(line()).rejects.toThrow('last tried the service token at 2026-01-31T11:00:00.000Z')
  })

  it('stays as it was while CKAN does not answer', async () => {
    const { notes, line, logged } = setUp(['fine', new UnavailableError('CKAN did not answer.')])
    await notes.note()
    await notes.note()
    expect([await line(), logged]).toEqual(['fine', ['token_not_noted']])
  })

  it('counts as missing when it cannot be read', async () => {
    const { store, line } = setUp([])
    await store.put('uplink/token.json', new TextEncoder().encode('{"tried_at":"never"}'))
    expect(await line()).toContain('has not tried the service token yet')
  })
})

describe('a batch', () => {
  it('tries the token at most every ten minutes, all instances together', async () => {
    const { notes, otherInstance, tried, pass } = setUp(['fine'])
    for (let times = 0; times < 20; times += 1) await notes.noteIfDue()
    await otherInstance.noteIfDue()
    expect(tried.times).toBe(1)
    pass(10)
    await Promise.all([notes.noteIfDue()])
    await otherInstance.noteIfDue()
    expect(tried.times).toBe(2)
  })

  it('tries an invalid token again after ten seconds, so that the first upload with a new token shows it', async () => {
    const { notes, line, pass, tried } = setUp([new TokenInvalidError('CKAN does not know it.'), 'fine'])
    await notes.noteIfDue()
    pass(0.1)
    await notes.noteIfDue()
    expect(tried.times).toBe(1)
    pass(0.1)
    await notes.noteIfDue()
    expect(await line()).toBe('fine')
  })

  it('continues when the note cannot be written', async () => {
    const { notes, logged, store } = setUp(['fine'])
    store.put = async () => {
      throw new UnavailableError('The store is down.')
    }
    await notes.noteIfDue()
    expect(logged).toEqual(['token_not_noted'])
  })
})
