import { readFile } from 'node:fs/promises'
import { CKAN_FORMATS } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { formatsOf } from '../../../scripts/ckan/ckan-install.ts'
import { instanceOf } from '../../../scripts/ckan/instances.ts'
import { liveSites } from '../support/sites.ts'

type Line = readonly [format: string, description: string, mimetype: string | null, names: readonly string[]]

/** Each format with its other names in lower case, in the order of the alphabet. */
async function readFormats(release: string): Promise<Record<string, readonly string[]>> {
  const lines: readonly Line[] = JSON.parse(await readFile(formatsOf(release), 'utf8'))
  const formats = lines
    .filter(([format]) => format !== '_comment')
    .map(([format, description, mimetype, names]) => [format, namesOf(format, [description, mimetype, ...names])])
  return Object.fromEntries(formats)
}

function namesOf(format: string, names: readonly (string | null)[]): readonly string[] {
  const words = names.map((name) => (name ?? '').toLowerCase())
  return [...new Set(words)].filter((word) => word !== '' && word !== format.toLowerCase()).sort()
}

describe.each(liveSites())("CKAN $name's own list of formats", ({ name }) => {
  it('equals the list of the stand-in', async () => {
    const known = Object.fromEntries(CKAN_FORMATS.map(({ format, names }) => [format, namesOf(format, names)]))
    expect(known).toEqual(await readFormats(instanceOf(name).release))
  })
})
