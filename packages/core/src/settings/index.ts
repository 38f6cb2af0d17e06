export { parseGrantSecrets, readGrantSecrets } from './grant-secrets.ts'
export { REQUESTS_OF_ADDRESS, readSettings } from './read-settings.ts'
export type { Settings } from './settings.ts'
export { type EnvVars, namesReadBy, readFrom, SettingsReader } from './settings-reader.ts'
