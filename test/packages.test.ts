import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCliProcess } from '../packages/cli/test/support/cli.ts'

const HEADINGS = ['Install', 'Use', 'API', 'Example', 'Compatibility', 'Contribute', 'License']
/** The entry points that a README may document. Others start a program when they are imported. */
const ENTRIES = ['.', './settings', './uploads', './operations']

const folders = await readdir('packages')
const packages = await Promise.all(
  folders.map(async (folder) => ({
    folder,
    facts: JSON.parse(await readFile(`packages/${folder}/package.json`, 'utf8')),
  })),
)
const published = packages.filter(({ facts }) => !facts.private).map(({ folder, facts }) => ({ folder, facts }))

describe.each(published)('the package in packages/$folder', ({ folder, facts }) => {
  it('describes its purpose, users and files in package.json', () => {
    expect(facts).toMatchObject({
      name: `@ckan-uplink/${folder}`,
      description: expect.stringMatching(/\w+ \w+/u),
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: expect.stringMatching(/^>=\d+/u) },
      keywords: expect.arrayContaining(['ckan']),
      files: ['dist', 'src'],
    })
  })

  it('has a README with the same headings as the others', async () => {
    const readme = await readFile(`packages/${folder}/README.md`, 'utf8')
    expect(readme).toMatch(new RegExp(`^# ${facts.name}\n`, 'u'))
    expect([...readme.matchAll(/^## (.+)$/gmu)].map(([, heading]) => heading)).toEqual(HEADINGS)
  })

  it('is linked from the README of the repository', async () => {
    expect(await readFile('README.md', 'utf8')).toContain(`(packages/${folder}/README.md)`)
  })
})

/** The table of the command line lists commands instead: see the last test. */
const libraries = published.filter(({ folder }) => folder !== 'cli')

describe.each(libraries)('the API table of packages/$folder', ({ folder, facts }) => {
  it('lists only exports of the package', async () => {
    const readme = await readFile(`packages/${folder}/README.md`, 'utf8')
    const tables = [...readme.matchAll(/\| export \| use \|\n[|-]+\n((?:\|.+\n)+)/gu)].map(([, rows]) => rows)
    const names = [...tables.join('').matchAll(/^\| `(\w+)/gmu)].map(([, name]) => name)
    const entries = Object.keys(facts.exports).filter((entry) => ENTRIES.includes(entry))
    const modules: readonly object[] = await Promise.all(entries.map((entry) => import(join(facts.name, entry))))
    const exported = modules.flatMap((module) => Object.keys(module))
    expect(names).not.toEqual([])
    expect(names.filter((name) => !exported.includes(name ?? ''))).toEqual([])
  })
})

it('the README of the command line lists all its commands', async () => {
  const readme = await readFile('packages/cli/README.md', 'utf8')
  const { stdout } = await runCliProcess(['--help'], { cwd: '.', env: {} })
  const commands = [...(stdout.split('Commands:\n')[1] ?? '').matchAll(/^ {2}([a-z]+) /gmu)].map(([, name]) => name)
  expect(commands).toContain('upload')
  const documented = [...readme.matchAll(/^\| `([a-z]+)/gmu)].map(([, name]) => name)
  expect([...new Set(documented)].sort()).toEqual(commands.filter((name) => name !== 'help').sort())
})
