import { readFile } from 'node:fs/promises'
import { settingNames } from '@ckan-uplink/cloudflare'
import { describe, expect, it } from 'vitest'

describe('docs/configuration.md', () => {
  it('names exactly the settings that the Worker reads', async () => {
    const page = await readFile('docs/configuration.md', 'utf8')
    const [tables = ''] = page.split('## The local edition')
    const documented = [...tables.matchAll(/^\| `([A-Z0-9_]+)` \|/gmu)].map(([, name]) => name)
    expect(documented.toSorted()).toEqual(settingNames().toSorted())
  })
})
