import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { DOCUMENT, describeGateway, withoutExamples } from '../../../scripts/openapi.ts'
import { startGateway } from './support/gateway-fixture.ts'

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
  it('is what the schemas say (else run: node -C source scripts/openapi.ts)', async () => {
    expect(JSON.parse(await readFile(DOCUMENT, 'utf8'))).toEqual(description)
  })

  it('is served with the public address', async () => {
    const { send, settings } = startGateway()
    expect(await (await send('/openapi.json')).json()).toEqual({
      ...withoutExamples(description),
      servers: [{ url: settings.gatewayUrl }],
    })
  })

  it('has every reference it makes, and every operation under a name of its own', () => {
    for (const reference of valuesOf('$ref', description))
      expect(resolve(String(reference)), String(reference)).toBeDefined()
    const names = valuesOf('operationId', description)
    expect(new Set(names).size).toBe(names.length)
  })

  it('describes every route there is, and none more', async () => {
    expect(Object.keys(description.paths).sort()).toEqual([
      '/',
      '/api/3/action/group_upload',
      '/api/3/action/organization_upload',
      '/api/3/action/resource_create',
      '/api/3/action/resource_upload',
      '/api/3/action/upload_abort',
      '/api/3/action/upload_complete',
      '/api/3/action/upload_list',
      '/api/3/action/upload_list_parts',
      '/api/3/action/upload_remove',
      '/api/3/action/upload_show',
      '/api/3/action/upload_sign_parts',
      '/api/3/action/user_upload',
      '/api/3/action/{action}',
      '/healthz',
      '/images/{type}/{owner_id}/{upload_id}/{file_name}',
      '/openapi.json',
      '/readyz',
      '/resource/{resource_id}/download/{file_name}',
      '/resource/{resource_id}/download/{upload_id}/{file_name}',
      '/uploads/{upload_id}',
    ])
  })
})
