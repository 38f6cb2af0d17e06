import { readFile } from 'node:fs/promises'
import { settingNames as awsSettings } from '@ckan-uplink/aws'
import { settingNames as cloudflareSettings } from '@ckan-uplink/cloudflare'
import { describe, expect, it } from 'vitest'

describe('docs/configuration.md', () => {
  it.each([
    ['Cloudflare', cloudflareSettings()],
    ['AWS', awsSettings()],
  ])('names exactly the settings that are read on %s', async (provider, names) => {
    const sections = (await readFile('docs/configuration.md', 'utf8')).split(/^## /mu)
    const tables = sections.filter((section) => section.startsWith('The same on every cloud\n') || section.startsWith(`${provider}\n`))
    const documented = [...tables.join().matchAll(/^\| `([A-Z0-9_]+)` \|/gmu)].map(([, name]) => name)
    expect(documented.toSorted()).toEqual(names.toSorted())
  })
})
