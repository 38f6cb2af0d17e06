import { readFile, rm, writeFile } from 'node:fs/promises'
import { UsageError } from '../usage-error.ts'

/**
 * Keeps a second run from a journal that is in use: two runs would move each file twice, and the second would remove
 * the files that the first has saved. Returns how to free the journal. Throws `UsageError` while the other run lives.
 */
export async function lockJournal(journal: string): Promise<() => Promise<void>> {
  const path = `${journal}.lock`
  const take = () => writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 })
  try {
    await take()
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    const other = Number(await readFile(path, 'utf8').catch(() => ''))
    if (isAlive(other))
      throw new UsageError(
        `Process ${other} moves files with ${journal}: wait for it, or remove ${path} if it does not.`,
      )
    // A killed run has left it.
    await rm(path, { force: true })
    await take()
  }
  return () => rm(path, { force: true })
}

function isAlive(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}
