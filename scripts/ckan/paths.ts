import { fileURLToPath } from 'node:url'

/** The absolute path of something beside this script. */
export const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const local = fileURLToPath(new URL('../../.local', import.meta.url))

/** Everything this script installs, writes and logs, Debian packages apart. */
export const home = `${local}/ckan`

/** The sites that answer, with their tokens: what tests and people read. */
export const sitesFile = `${local}/ckan.json`

export const logFile = (name: string): string => `${home}/logs/${name}.log`
