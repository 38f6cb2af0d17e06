import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EDITOR, PRIVATE_ID, PUBLIC_ID, READER, startGateway } from '../support/gateway-fixture.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const VALID = `00-${TRACE}-${PARENT}-01`

/** The lines of the log of a request for an upload. */
async function linesWith(traceparent: string | undefined, id = PUBLIC_ID, token = EDITOR) {
  const { send, logged } = startGateway()
  await send('/api/3/action/resource_upload', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(traceparent !== undefined && { traceparent }) },
    body: JSON.stringify({ id, name: 'a.csv' }),
    token,
  })
  return logged.map(({ event, fields }) => ({ event, ...fields }))
}

describe("a caller's trace", () => {
  it.each([
    ['an upload', 'upload_issued', PUBLIC_ID, EDITOR],
    ['a refusal', 'request_refused', PRIVATE_ID, READER],
  ])('is in the log of %s', async (_, event, id, token) => {
    expect(await linesWith(VALID, id, token)).toMatchObject([{ event, trace_id: TRACE, parent_id: PARENT }])
  })

  it('is in the log of a failure', async () => {
    const { send, logged } = startGateway()
    await send('/api/3/action/package_show?id=x', { headers: { traceparent: VALID } })
    expect(logged).toMatchObject([{ event: 'request_failed', fields: { trace_id: TRACE, parent_id: PARENT } }])
  })

  it('may have more fields in a later version', async () => {
    expect(await linesWith(`01-${TRACE}-${PARENT}-01-more`)).toMatchObject([{ trace_id: TRACE }])
  })

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['of the version ff', `ff-${TRACE}-${PARENT}-01`],
    ['in capitals', VALID.toUpperCase()],
    ['without a trace', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['without a parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['longer than its version allows', `${VALID}-more`],
    ['sent twice', `${VALID}, ${VALID}`],
  ])('is ignored when it is %s', async (_, traceparent) => {
    const lines = await linesWith(traceparent)
    expect(lines).toMatchObject([{ event: 'upload_issued' }])
    expect(Object.keys(lines[0] ?? {})).not.toContain('trace_id')
  })

  it('is ignored when it is any other text, and never stops a request', async () => {
    const text = fc.string({ unit: fc.constantFrom('0', 'a', 'f', 'F', '-', ' ', 'é'), maxLength: 80 })
    await fc.assert(
      fc.asyncProperty(text, async (traceparent) => {
        expect(JSON.stringify(await linesWith(traceparent))).not.toContain('trace_id')
      }),
      { numRuns: 30 },
    )
  })
})
