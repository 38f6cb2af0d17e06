import { describe, expect, it } from 'vitest'
import { createGate } from '../src/gate.ts'

/** Sends bodies of these sizes. Each ends when it is told. Returns the sizes that are under way. */
function sendAll(limits: { readonly bodies: number; readonly bytes: number }, sizes: readonly number[]) {
  const gate = createGate(limits)
  const underWay: { readonly size: number; readonly end: (failure?: Error) => void }[] = []
  const sent = sizes.map((size) =>
    gate(
      size,
      () =>
        new Promise<void>((resolve, reject) => {
          underWay.push({ size, end: (failure) => (failure === undefined ? resolve() : reject(failure)) })
        }),
    ),
  )
  return { underWay, sent }
}

describe('the gate for bodies', () => {
  it('lets as many through as its number allows, in their order', async () => {
    const { underWay, sent } = sendAll({ bodies: 2, bytes: 100 }, [1, 2, 3])
    await Promise.resolve()
    expect(underWay.map(({ size }) => size)).toEqual([1, 2])
    underWay[1]?.end()
    await sent[1]
    expect(underWay.map(({ size }) => size)).toEqual([1, 2, 3])
  })

  it('lets as many through as its bytes allow, and a larger body alone', async () => {
    const { underWay, sent } = sendAll({ bodies: 8, bytes: 100 }, [60, 40, 500, 1])
    await Promise.resolve()
    expect(underWay.map(({ size }) => size)).toEqual([60, 40])
    for (const { end } of [...underWay]) end()
    await sent[1]
    expect(underWay.map(({ size }) => size)).toEqual([60, 40, 500])
    underWay[2]?.end()
    await sent[2]
    expect(underWay.map(({ size }) => size)).toEqual([60, 40, 500, 1])
  })

  it('gives the place of a failed body to the next', async () => {
    const { underWay, sent } = sendAll({ bodies: 1, bytes: 100 }, [1, 2])
    await Promise.resolve()
    underWay[0]?.end(new Error('The line broke.'))
    await expect(sent[0]).rejects.toThrow('The line broke.')
    await Promise.resolve()
    expect(underWay.map(({ size }) => size)).toEqual([1, 2])
  })
})
