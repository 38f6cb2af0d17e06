import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { excesses, lowered } from './prose/allowance.ts'
import { checkFile } from './prose/check-file.ts'
import { placesOf, toTable } from './prose/print.ts'
import { toRooms } from './prose/rooms.ts'

/**
 * Checks the English of comments, messages and Markdown against the rules in `prose/rules.ts`.
 * `--list [path…]` prints each place, `--lower` lowers the allowance of each room to its present faults.
 */
const ALLOWED = 'scripts/prose/allowed.json'
/** Files that quote the words on purpose. */
const QUOTING = ['test/prose.test.ts']

const { values, positionals } = parseArgs({
  options: { list: { type: 'boolean' }, lower: { type: 'boolean' } },
  allowPositionals: true,
})
const tracked = execFileSync('git', ['ls-files', '-z', '*.ts', '*.md'], { encoding: 'utf8' }).split('\0')
const isWritten = (path: string) =>
  path !== '' && !QUOTING.includes(path) && !/^packages\/\w+\/CHANGELOG\.md$/u.test(path)
const paths = tracked.filter((path) => isWritten(path) && existsSync(path))
const reports = await Promise.all(paths.map(async (path) => checkFile(path, await readFile(path, 'utf8'))))
const rooms = toRooms(reports)
const allowance = JSON.parse(await readFile(ALLOWED, 'utf8'))

if (values.list) {
  const wanted = reports.filter(
    ({ path }) => positionals.length === 0 || positionals.some((start) => path.startsWith(start)),
  )
  console.log(wanted.flatMap(placesOf).join('\n'))
} else {
  console.log(toTable(rooms))
  if (values.lower) await writeFile(ALLOWED, `${JSON.stringify(lowered(rooms, allowance), null, 2)}\n`)
  const faults = excesses(rooms, allowance)
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) console.error('See each place with `npm run check:prose -- --list [path…]`.')
  process.exitCode = faults.length > 0 ? 1 : 0
}
