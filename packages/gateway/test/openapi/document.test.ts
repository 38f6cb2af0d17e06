import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { DOCUMENT, README, withActionTables } from '../../../../scripts/openapi.ts'
import { ACTIONS as OWN_ACTIONS } from '../../src/actions/index.ts'
import { DESCRIBED_DIRECT_ACTIONS } from '../../src/openapi/direct-actions.ts'
import { describeGateway, withoutExamples } from '../../src/openapi/document.ts'
import { DESCRIBED_FILE_ACTIONS } from '../../src/openapi/file-actions.ts'
import { startGateway } from '../support/gateway-fixture.ts'

const ACTIONS = [...OWN_ACTIONS, ...DESCRIBED_FILE_ACTIONS, ...DESCRIBED_DIRECT_ACTIONS]
const description = JSON.parse(JSON.stringify(describeGateway()))

function valuesOf(key: string, node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, value]) => (name === key ? [value] : valuesOf(key, value)))
}

function resolve(pointer: string): unknown {
  return pointer
    .slice('#/'.length)
    .split('/')
    .reduce((node, name) => node?.[name], description)
}

describe('the API description', () => {
  it('is published as the schemas say (else run: npm run build)', async () => {
    expect(JSON.parse(await readFile(DOCUMENT, 'utf8'))).toEqual(description)
  })

  it('agrees with the tables of actions in the README (else run: npm run build)', async () => {
    const readme = await readFile(README, 'utf8')
    expect(readme).toBe(withActionTables(readme))
    for (const { name } of ACTIONS) expect(readme).toContain(`\n| \`${name}\` | `)
  })

  it('is served with the public address', async () => {
    const { send, settings } = startGateway()
    expect(await (await send('/openapi.json')).json()).toEqual({
      ...withoutExamples(description),
      servers: [{ url: settings.gatewayUrl }],
    })
  })

  it('defines every reference, and gives every operation its own name', () => {
    for (const reference of valuesOf('$ref', description))
      expect(resolve(String(reference)), String(reference)).toBeDefined()
    const names = valuesOf('operationId', description)
    expect(new Set(names).size).toBe(names.length)
  })

  it('describes exactly the routes of the gateway', async () => {
    const others = [
      '/',
      '/api/3/action/{action}',
      '/api/storage',
      '/api/storage/auth/form/{label}',
      '/api/storage/auth/request/{label}',
      '/api/storage/metadata/{label}',
      '/healthz',
      '/images/{type}/{owner_id}/{upload_id}/{file_name}',
      '/openapi.json',
      '/readyz',
      '/readyz/parked',
      '/resource/{resource_id}/download/{file_name}',
      '/resource/{resource_id}/download/{upload_id}/{file_name}',
      '/resource/{resource_id}/download/{upload_id}/{version}/{file_name}',
      '/storage/f/{label}',
      '/storage/upload_handle',
      '/uploads/status',
      '/uploads/{upload_id}',
    ]
    const actions = ACTIONS.map(({ name }) => `/api/3/action/${name}`)
    expect(Object.keys(description.paths).sort()).toEqual([...others, ...actions].sort())
  })

  it.each(ACTIONS.map((action) => [action.name, action] as const))(
    'has valid examples for %s',
    (_, { request, answer, example }) => {
      expect(v.is(request, example.request)).toBe(true)
      expect(v.is(answer, example.result)).toBe(true)
    },
  )
})
