import { readdir, readFile } from 'node:fs/promises'
import { UPLOAD_STATES } from '@ckan-uplink/core/uploads'
import { expect, it } from 'vitest'

const glossary = await readFile('docs/glossary.md', 'utf8')

it('the glossary lists the states of a record', () => {
  const row = /^\| state of a record \| ([^;]+);/mu.exec(glossary)?.[1] ?? ''
  expect(row.split(', ').sort()).toEqual(UPLOAD_STATES.map((state) => `\`${state}\``).sort())
})

it('the glossary lists its terms in order', () => {
  const table = glossary.slice(0, glossary.indexOf('## From a message'))
  const terms = [...table.matchAll(/^\| ([a-z][^|]*?) \|/gmu)].map(([, term = '']) => term).slice(1)
  expect(terms).toEqual(terms.toSorted((one, other) => one.localeCompare(other)))
})

it('the types of the diagram are types of core', async () => {
  const types = [...glossary.matchAll(/\["(\w+)<br>/gu)].map(([, name]) => name)
  const files = (await readdir('packages/core/src', { recursive: true })).filter((name) => name.endsWith('.ts'))
  const texts = await Promise.all(files.map((name) => readFile(`packages/core/src/${name}`, 'utf8')))
  const source = texts.join('\n')
  expect(types.length).toBe(9)
  expect(types.filter((name) => !new RegExp(`^export (?:interface|type) ${name}\\b`, 'mu').test(source))).toEqual([])
})
