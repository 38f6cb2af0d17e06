import { fileURLToPath } from 'node:url'

/** The absolute path of a file beside this script. */
export const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const local = fileURLToPath(new URL('../../.local', import.meta.url))

/** The folder of all installations, data and logs, except for Debian packages. */
export const home = `${local}/ckan`

/** The running sites with their tokens, for tests and people. */
export const sitesFile = `${local}/ckan.json`

export const logFile = (name: string): string => `${home}/logs/${name}.log`
