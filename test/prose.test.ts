import { describe, expect, it } from 'vitest'
import { excesses, lowered } from '../scripts/prose/allowance.ts'
import { checkFile } from '../scripts/prose/check-file.ts'
import { placesOf, toTable } from '../scripts/prose/print.ts'
import { roomOf, toRooms } from '../scripts/prose/rooms.ts'

const found = (path: string, source: string) =>
  checkFile(path, source).clauses.map(({ line, found: words }) => `${line} ${words}`)
const sentence = (count: number) => `Word${' a'.repeat(count - 1)}.`

describe('banned words in TypeScript', () => {
  it('finds them in comments, with the line of the word', () => {
    const source = `/**\n * Links a file. Whoever asks\n * is told\n * of it.\n */\nconst a = 1 // signed anew\n`
    expect(found('a.ts', source)).toEqual(['2 Whoever', '3 told of', '6 anew'])
  })

  it('reads line comments that follow one another as one text', () => {
    expect(found('a.ts', `// The caller sees what\n// was read.\n\nconst a = 1\n`)).toEqual(['1 what was'])
    expect(found('a.ts', `// what\n\n// was read\nconst a = 1\n`)).toEqual([])
  })

  it('finds them in messages, across expressions and lines', () => {
    expect(found('a.ts', "throw new Error('Nobody may update it')")).toEqual(['1 Nobody'])
    expect(found('a.ts', 'const a = `The bucket $' + '{name(\n  1,\n)} tells\nof it`')).toEqual(['3 tells of'])
    expect(found('a.ts', "it('says what \\'is\\' there, lest it fail', () => {})")).toEqual(['1 lest'])
  })

  it('finds a message inside an expression of another message', () => {
    expect(found('a.ts', `const a = \`one \${b ? 'sign it anew' : ''} two\``)).toEqual(['1 anew'])
  })

  it('leaves names, single words, imports, regular expressions and code in comments alone', () => {
    const source = [
      "import { mend } from './what is/anew.ts'",
      "const anew = 'anew'",
      'const pattern = /what is told of/u',
      '/** Runs as the Unix user `nobody`. @example const whoever = 1 */',
      "export const user = 'nobody'",
    ]
    expect(found('a.ts', source.join('\n'))).toEqual([])
  })
})

describe('banned words in Markdown', () => {
  it('finds them in paragraphs, lists, headings and tables', () => {
    const source = `# Mend it\n\nA line\nof one\nthat wraps.\n\n- whatever\n\n| a | b |\n|---|---|\n| x | nothing but y |\n`
    expect(found('a.md', source)).toEqual(['1 Mend', '4 one that', '7 whatever', '11 nothing but'])
  })

  it('leaves code and the targets of links alone', () => {
    const source =
      '---\nanew\n---\n`what is` and [text](what-is/anew.md)\n\n```sh\n# whoever\n```\n\nhttps://a.example/lest\n'
    expect(found('a.md', source)).toEqual([])
  })

  it('allows a real question, and no other clause with "what is"', () => {
    expect(found('a.md', 'What is an upload? It is a file.')).toEqual([])
    expect(found('a.md', 'Done. What was linked, then?')).toEqual([])
    expect(found('a.md', 'What is linked stays.')).toEqual(['1 What is'])
    expect(found('a.md', 'Do you see what is linked?')).toEqual(['1 what is'])
  })

  it('asks for a noun where a sentence begins with "Who"', () => {
    expect(found('a.md', 'Run it. Who operates it has more.')).toEqual(['1 Who'])
    expect(found('a.md', 'Who operates it?')).toEqual([])
  })
})

describe('length', () => {
  it('finds sentences of more than 35 words', () => {
    const places = placesOf(checkFile('a.md', `Short one here now. ${sentence(36)}\n${sentence(35)}\n`))
    expect(places).toEqual([
      'a.md:1: a sentence of 36 words: split it (35 at most)',
      'a.md:2: a sentence of 35 words: split it (28 at most nine times of ten)',
    ])
  })

  it('takes neither a file name nor an abbreviation for the end of a sentence', () => {
    const { sentences } = checkFile('a.md', 'Read `a.ts` with Node.js, e.g. version 24. Then run it again.')
    expect(sentences.map(({ words: count }) => count)).toEqual([7, 4])
  })

  it('finds long lines outside code, tables and link definitions', () => {
    const long = 'x'.repeat(121)
    const source = `${long}\n\n| ${long} |\n\n[a]: ${long}\n\n\`\`\`\n${long}\n\`\`\`\n`
    expect(checkFile('a.md', source).longLines).toEqual([1])
    expect(checkFile('.changeset/a.md', `${long}\n`).longLines).toEqual([])
  })

  it('finds long lines of comments, but takes an address as it is', () => {
    const long = 'x'.repeat(121)
    const source = `// ${long}\n/**\n * ${long}\n * https://a.example/${long}\n */\n/** ${long} */\nconst a = '${long}'\n`
    expect(checkFile('a.ts', source).longLines).toEqual([1, 3, 6])
  })
})

describe('rooms and their allowance', () => {
  const report = (path: string, source: string) => checkFile(path, source)

  it('names rooms by folder', () => {
    expect(
      ['README.md', 'docs/deploy/aws.md', 'packages/core/src/a.ts', 'infra/fits.ts', 'infra/aws/a.ts'].map(roomOf),
    ).toEqual(['.', 'docs', 'packages/core', 'infra', 'infra/aws'])
  })

  it('counts the sentences over 28 words beyond one in ten', () => {
    const text = `${sentence(29)} ${'Nine short ones there. '.repeat(9)}`
    expect(toRooms([report('docs/a.md', text)])[0]?.counts.overUsual).toBe(0)
    expect(toRooms([report('docs/a.md', `${text}\n${sentence(29)}\n${sentence(29)}`)])[0]?.counts.overUsual).toBe(1)
  })

  const rooms = toRooms([report('docs/a.md', 'Sign it anew. Mend it.\n'), report('test/a.ts', '// fine words\n')])

  it('fails a room that has more than its allowance', () => {
    expect(excesses(rooms, { docs: { clauses: 2 } })).toEqual([])
    expect(excesses(rooms, { docs: { clauses: 1 } })).toEqual(['docs: 2 clauses, 1 allowed'])
    expect(excesses(rooms, {})).toEqual(['docs: 2 clauses, 0 allowed'])
  })

  it('lowers an allowance, never raises it, and drops rooms without faults', () => {
    expect(lowered(rooms, { docs: { clauses: 9, longLines: 3 }, test: { clauses: 4 }, gone: { clauses: 1 } })).toEqual({
      docs: { clauses: 2 },
    })
    expect(lowered(rooms, { docs: { clauses: 1 } })).toEqual({ docs: { clauses: 1 } })
  })

  it('prints a table with the sum of all rooms', () => {
    expect(toTable(rooms).split('\n').at(-1)).toMatch(/^all +2 +2 +1000\.0 +0 +0 +0$/u)
  })
})
