import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

describe('SECURITY.md', async () => {
  const page = await readFile('SECURITY.md', 'utf8')

  it('names tests that exist', () => {
    const files = [...page.matchAll(/`((?:packages|infra|test)\/[\w./-]+)`/gu)].map(([, path = '']) => path)
    expect(files.length).toBeGreaterThan(30)
    expect(files.filter((path) => !existsSync(path))).toEqual([])
  })

  it('links to headings that exist', async () => {
    for (const [, path = '', heading] of page.matchAll(/\]\(([\w./-]+)#([\w-]+)\)/gu)) {
      const headings = (await readFile(path, 'utf8')).match(/^#+ .+$/gmu) ?? []
      expect(headings.map(slugOf)).toContain(heading)
    }
  })
})

function slugOf(heading: string): string {
  return heading
    .replace(/^#+ /u, '')
    .toLowerCase()
    .replaceAll(/[^\w -]/gu, '')
    .replaceAll(' ', '-')
}
