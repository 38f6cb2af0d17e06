import { execFileSync } from 'node:child_process'
import { copyFile, readdir, readFile, rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'

/**
 * Publishes the packages whose version npm does not have yet, and tags them in git. Run `changeset version` and commit
 * first. `--dry-run` packs every public package and lists its files, and publishes nothing.
 */
const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean' } } })
const facts = await Promise.all(
  (await readdir('packages')).map(async (folder) => ({
    folder: `packages/${folder}`,
    ...(JSON.parse(await readFile(`packages/${folder}/package.json`, 'utf8')) as { readonly private?: boolean }),
  })),
)
const folders = facts.filter((fact) => !fact.private).map(({ folder }) => folder)

// Compiles from scratch, so that outputs of deleted sources are not published.
for (const folder of folders) await rm(`${folder}/dist`, { recursive: true, force: true })
run('tsc', ['-b', '--force'])
run('npm', ['run', 'check:packages'])
for (const folder of folders) await copyFile('LICENSE', `${folder}/LICENSE`)
try {
  if (values['dry-run']) console.table(folders.map(pack))
  else run('changeset', ['publish'])
} finally {
  for (const folder of folders) await rm(`${folder}/LICENSE`)
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'inherit' })
}

interface Packed {
  readonly name: string
  readonly version: string
  readonly size: number
  readonly entryCount: number
}

function pack(folder: string): Packed {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', `./${folder}`], { encoding: 'utf8' })
  const [packed]: readonly Packed[] = JSON.parse(output)
  if (packed === undefined) throw new Error(`npm packs nothing of ${folder}: see its package.json.`)
  const { name, version, size, entryCount } = packed
  return { name, version, size, entryCount }
}
