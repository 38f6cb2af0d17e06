import { readdir } from 'node:fs/promises'
import { exitWith } from './infra/exit-with.ts'
import { installInfra } from './infra/install.ts'
import { run } from './infra/run.ts'

/** Installs, type-checks and tests the deployment of each cloud. Arguments choose test files, as with Vitest. */
async function main(words: readonly string[]): Promise<number> {
  const entries = await readdir(new URL('../infra/', import.meta.url), { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  for (const folder of folders) {
    await installInfra(folder, true)
    const code =
      (await run(['tsc', '-b', `infra/${folder}`])) ||
      (await run(['vitest', 'run', '--root', `infra/${folder}`, ...words]))
    if (code !== 0) return code
  }
  return 0
}

await exitWith(main(process.argv.slice(2)))
