import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { listComponents } from '../scripts/list-components.ts'

describe('the list of components', () => {
  it('lists the deployed packages in the versions of the lock file, and no development tool', async () => {
    const { bomFormat, metadata, components } = JSON.parse(await listComponents())
    const lock = JSON.parse(await readFile('package-lock.json', 'utf8')).packages
    const names = components.map(({ name }: { readonly name: string }) => name)
    expect([bomFormat, metadata.component.version]).toEqual(['CycloneDX', '0.0.0'])
    expect(components).toContainEqual(
      expect.objectContaining({ name: 'hono', version: lock['node_modules/hono'].version }),
    )
    expect(names).not.toContain('vitest')
  })
})
