import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { createUplink } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { type LocalEdition, localFolder, openLocalFolder } from '../local-folder.ts'
import { choosePorts } from '../ports.ts'
import { startLocal } from '../start-local.ts'
import { writeDemoFiles } from './demo-files.ts'
import { createProgress } from './progress.ts'
import { roundTrip } from './round-trip.ts'
import { toTable } from './table.ts'

const HELP = `npm run demo -- [FILE…]

Uploads each FILE to a new resource, waits until CKAN shows it, downloads it and compares it.
Without FILE it uses some open data, and a file with a difficult name.

Uses the instance that npm start runs. Without one, it starts an instance in a temporary folder and stops it at the end.`

/** Whether every file made the round trip. */
async function runDemo(files: readonly string[], { gateway, tokens, dataset = '' }: LocalEdition): Promise<boolean> {
  const uplink = createUplink({ gateway, token: tokens?.editor })
  let failures = 0
  for (const path of files) {
    console.log(basename(path))
    try {
      const { before, after, linkedAfterMs } = await roundTrip(uplink, dataset, path, createProgress(process.stdout))
      console.log(
        `${toTable(before, after)}\n  shown by CKAN ${(linkedAfterMs / 1000).toFixed(1)} s after the upload; the download is the same\n`,
      )
    } catch (error) {
      failures += 1
      console.error(`  failed: ${messageOf(error)}\n`)
    }
  }
  console.log(`${files.length - failures} of ${files.length} files made the round trip.`)
  return failures === 0
}

async function withInstance(folder: string, run: (instance: LocalEdition) => Promise<boolean>): Promise<boolean> {
  const running = await (await openLocalFolder(localFolder(process.env))).running()
  // The tokens of an external CKAN are unknown.
  if (running?.tokens !== undefined) return run(running)
  const own = await startLocal({ folder: join(folder, 'local'), ports: await choosePorts('0') })
  try {
    return await run(own)
  } finally {
    await own.close()
  }
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-demo-'))
  try {
    const files = positionals.length > 0 ? positionals : await writeDemoFiles(folder)
    return (await withInstance(folder, (instance) => runDemo(files, instance))) ? 0 : 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(messageOf(error))
    process.exit(1)
  },
)
