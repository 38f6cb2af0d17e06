import { readFile } from 'node:fs/promises'
import { settingNames as awsNames } from '@ckan-uplink/aws'
import { settingNames as azureNames } from '@ckan-uplink/azure'
import { settingNames as cloudflareNames } from '@ckan-uplink/cloudflare'
import { describe, expect, it } from 'vitest'

const page = await readFile('docs/configuration.md', 'utf8')

/** What the tables below a heading name. */
function documentedIn(heading: string): readonly string[] {
  const section = page.split(/^## /mu).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `([A-Z0-9_]+)` \|/gmu)].flatMap(([, name]) => name ?? [])
}

describe('docs/configuration.md', () => {
  it.each([
    ['Cloudflare', cloudflareNames],
    ['AWS', awsNames],
    ['Azure', azureNames],
  ])('names exactly the settings that are read on %s', (provider, settingNames) => {
    const documented = [...documentedIn('The same on every cloud'), ...documentedIn(provider)]
    expect(documented.toSorted()).toEqual(
      [...new Set([...settingNames('gateway'), ...settingNames('linker')])].toSorted(),
    )
  })
})
