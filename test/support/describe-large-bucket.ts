import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('./large-bucket.ts', import.meta.url))
/** In megabytes. A run holds one batch in memory. */
const HEAP = ['--max-old-space-size=64', '--max-semi-space-size=8']
const MOST_MEGABYTES = 200

/** Reads a bucket of this size in a separate process with bounded memory. */
export function describeLargeBucket(objects: number): void {
  describe(`a bucket of ${objects} objects`, { timeout: 600_000 }, () => {
    it.each([
      ['reconciled', [], objects],
      ['searched for unneeded files', ['--clean'], 0],
    ])('is %s in the memory that a small bucket takes', async (_, options, findings) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...HEAP,
        '-C',
        'source',
        PROGRAM,
        '--objects',
        String(objects),
        ...options,
      ])
      const told = JSON.parse(stdout)
      expect(told.findings).toBe(findings)
      expect(told.megabytes).toBeLessThan(MOST_MEGABYTES)
    })
  })
}
