import { installProject } from './install.ts'

/** Node loads this file before a script, by `--import`: after `git pull` the script's packages may not be installed. */
await installProject('').catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
