import { readdir, readFile } from 'node:fs/promises'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** Checks the built files of each public package as npm would publish them. */
const folders = (await readdir('packages')).map((name) => `packages/${name}`)
let faults = 0
for (const folder of folders) {
  const pkg = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
  if (pkg.private) continue
  const { messages } = await publint({ pkgDir: folder, strict: true })
  for (const message of messages) console.error(`${pkg.name}: ${formatMessage(message, pkg)}`)
  faults += messages.length
}
console.log(`publint: ${faults} faults`)
process.exitCode = faults > 0 ? 1 : 0
