import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAzureLogs } from '../../../src/clouds/azure/logs.ts'
import type { Program } from '../../../src/clouds/log-reader.ts'
import { collect } from '../../support/collect.ts'
import { type Answer, type Question, startJsonServer } from '../../support/json-server.ts'

const WORKSPACE = '/subscriptions/s1/resourceGroups/g1/providers/Microsoft.OperationalInsights/workspaces/w1'
const PERIOD = { from: new Date('2026-11-27T03:00:00Z'), to: new Date('2026-11-27T04:00:00Z') }
const ROWS = [
  ['2026-11-27T03:20:00Z', 'b', 'second'],
  ['2026-11-27T03:10:00Z', 'a', 'first'],
]

let asked: Question[]
let refused: Answer | undefined
let server: Awaited<ReturnType<typeof startJsonServer>>

beforeEach(async () => {
  asked = []
  refused = undefined
  server = await startJsonServer((question) => {
    asked.push(question)
    if (question.path.startsWith(WORKSPACE)) return { body: { properties: { customerId: 'c1' } } }
    return refused ?? { body: { tables: [{ name: 'PrimaryResult', rows: ROWS }] } }
  })
})
afterEach(() => server.close())

async function read(program: Program) {
  const identity = { getToken: async (scope: string | string[]) => ({ token: `for ${scope}`, expiresOnTimestamp: 0 }) }
  const places = { workspace: WORKSPACE, gatewayApp: 'ckan-uploads', linkerApp: 'ckan-uploads-linker' }
  const addresses = { managementUrl: server.url, logAnalyticsUrl: server.url }
  return collect(openAzureLogs(places, identity, addresses).read(program, PERIOD))
}

/** The question to Log Analytics. */
function queryAsked(): string {
  const body = asked[1]?.body as { readonly query: string } | undefined
  return body?.query ?? ''
}

describe('the logs on Azure', () => {
  it("are read from the deployment's workspace, the oldest line first", async () => {
    expect(await read('gateway')).toEqual([
      { id: 'a', at: new Date('2026-11-27T03:10:00Z'), text: 'first' },
      { id: 'b', at: new Date('2026-11-27T03:20:00Z'), text: 'second' },
    ])
    expect(asked.map(({ method, path, headers }) => [method, path, headers['authorization']])).toEqual([
      ['GET', `${WORKSPACE}?api-version=2022-10-01`, 'Bearer for https://management.azure.com/.default'],
      ['POST', '/v1/workspaces/c1/query', 'Bearer for https://api.loganalytics.io/.default'],
    ])
    expect(queryAsked()).toContain('AppRoleName =~ "ckan-uploads"\n')
    expect(queryAsked()).toContain(
      'TimeGenerated >= datetime(2026-11-27T03:00:00.000Z) and TimeGenerated < datetime(2026-11-27T04:00:00.000Z)',
    )
  })

  it.each([
    ['linker', 'OperationName !in~ ("reconcile", "token")'],
    ['reconcile', 'OperationName in~ ("reconcile", "token")'],
  ] as const)("are those of the linker's app with the right functions: %s", async (program, where) => {
    await read(program)
    expect(queryAsked()).toContain(`AppRoleName =~ "ckan-uploads-linker"\n| where ${where}\n`)
  })

  it('fail with the reason when the sign-in ends, and with nothing else', async () => {
    const expired = { getToken: () => Promise.reject(new Error('The sign-in has expired.')) }
    const places = { workspace: WORKSPACE, gatewayApp: 'a', linkerApp: 'b' }
    await expect(collect(openAzureLogs(places, expired, {}).read('linker', PERIOD))).rejects.toThrow(
      /The sign-in has expired\./u,
    )
  })

  it('say what to do when Azure refuses, or has given a part only', async () => {
    refused = { status: 403, body: { error: { message: 'The client may not read it.' } } }
    await expect(read('linker')).rejects.toThrow(
      /403 The client may not read it\. .*role Reader on the resource group/u,
    )
    refused = { body: { tables: [], error: { message: 'The answer is partial.' } } }
    await expect(read('linker')).rejects.toThrow('The answer is partial.')
  })
})
