import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { clouds } from '../infra/clouds.ts'

const page = await readFile('docs/configuration.md', 'utf8')

interface Room {
  settingNames(program: 'gateway' | 'linker'): readonly string[]
}

/** The settings in the tables below a heading. */
function documentedIn(heading: string): readonly string[] {
  const section = page.split(/^## /mu).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `([A-Z0-9_]+)` \|/gmu)].flatMap(([, name]) => name ?? [])
}

describe('docs/configuration.md', () => {
  it.each(Object.entries(clouds))(
    'lists exactly the settings that the programs on %s read',
    async (cloud, { label }) => {
      const { settingNames }: Room = await import(`@ckan-uplink/${cloud}`)
      const documented = [...documentedIn('The same on every cloud'), ...documentedIn(label)]
      expect(documented.toSorted()).toEqual(
        [...new Set([...settingNames('gateway'), ...settingNames('linker')])].toSorted(),
      )
    },
  )
})
