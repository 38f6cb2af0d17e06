import { describeStaticFiles, STATIC_FILES } from '@ckan-uplink/testing/contracts'
import { describe, expect, it } from 'vitest'
import { createStaticFiles } from '../../src/index.ts'
import { gatewayFiles } from '../../src/openapi/index.ts'
import { startGateway } from '../support/gateway-fixture.ts'

const staticFiles = createStaticFiles({ ...gatewayFiles(), ...STATIC_FILES })

describeStaticFiles('a gateway with files in memory', () => {
  const { send } = startGateway({ deps: { staticFiles } })
  return send
})

describe('static files', () => {
  it('answer HEAD without their content, and nothing else', async () => {
    const { send } = startGateway({ deps: { staticFiles } })
    const head = await send('/script.js', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await send('/script.js', { method: 'POST' })).status).toBe(404)
  })

  it('are for every page even where other answers are for some origins only', async () => {
    const { send } = startGateway({ deps: { staticFiles }, settings: { allowedOrigins: ['https://portal.example'] } })
    const readableFor = async (Origin: string) =>
      (await send('/script.js', { headers: { Origin } })).headers.get('Access-Control-Allow-Origin')
    expect(await readableFor('https://portal.example')).toBe('https://portal.example')
    expect(await readableFor('https://other.example')).toBe('*')
  })

  it('may be absent: the gateway says so, and CKAN answers for the help', async () => {
    const { send } = startGateway({ deps: { staticFiles: undefined }, settings: { passThrough: false } })
    const answer = await send('/openapi.json')
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('without its API description')])
    expect((await send('/api/3/action/help_show?name=upload_show')).status).toBe(404)
    expect((await send('/script.js')).status).toBe(404)
  })
})
