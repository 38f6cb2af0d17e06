import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Without a cache, most of the program's start would be the removal of types.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)))

const [{ runProcess }, { operators }] = await Promise.all([import('@ckan-uplink/cli'), import('./operators.ts')])

/** The command line with the commands of operators, for the environments of this checkout. */
await runProcess(operators)
