import { ConfigurationError, messageOf } from '@ckan-uplink/core'
import { SettingsReader } from '@ckan-uplink/core/settings'
import { toHumanLine } from './human-log.ts'
import { localFolder, openLocalFolder } from './local-folder.ts'
import { readOwnSettings } from './own-settings.ts'
import { choosePorts } from './ports.ts'
import { type LocalHandle, startLocal } from './start-local.ts'
import { welcome } from './welcome.ts'

const DEFAULT_PORT = '8787'
/** `npm` repeats the signal that the terminal already sent to all its processes. */
const SAME_KEYSTROKE_MS = 300

async function start(): Promise<LocalHandle> {
  const reader = new SettingsReader(process.env)
  const url = reader.optionalUrl('CKAN_URL')
  const token = reader.optionalText('CKAN_API_TOKEN')
  const resource = reader.optionalText('RESOURCE_ID')
  const isHalf = (reader.optionalText('CKAN_URL') === undefined) !== (token === undefined)
  if (isHalf)
    reader.fault('CKAN_URL and CKAN_API_TOKEN need each other: set both, or neither to use the built-in CKAN.')
  const inspectorPort = reader.integer('INSPECT', 0, [0, 65_535])
  reader.check()
  const settings = readOwnSettings(process.env)
  const folder = localFolder(process.env)
  const running = await (await openLocalFolder(folder)).running()
  // Two instances would overwrite each other's objects and CKAN.
  if (running !== undefined)
    throw new ConfigurationError([
      `ckan-uplink already runs from this folder at ${running.gateway}: use that instance, stop it first, or give this one a folder of its own: LOCAL_DIR=.local/second PORT=9000 npm start.`,
    ])
  return startLocal({
    folder,
    ports: await choosePorts(reader.text('PORT', DEFAULT_PORT)),
    ...(url !== undefined && token !== undefined && { ckan: { url, token, resource } }),
    settings,
    grantSecret: reader.optionalText('GRANT_SECRETS'),
    webhookSecrets: reader.optionalText('WEBHOOK_SECRETS'),
    ...(inspectorPort > 0 && { inspectorPort }),
    onLog(line) {
      const human = toHumanLine(line)
      if (human !== undefined) console.log(human)
    },
  })
}

function stopOnSignal(handle: LocalHandle): void {
  let stoppedAt: number | undefined
  const stop = (): void => {
    if (stoppedAt !== undefined && Date.now() - stoppedAt > SAME_KEYSTROKE_MS) process.exit(130)
    if (stoppedAt !== undefined) return
    stoppedAt = Date.now()
    handle.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Miniflare's own listener would end the process at once.
    process.removeAllListeners(signal)
    process.on(signal, stop)
  }
}

function fail(error: unknown): never {
  console.error(error instanceof ConfigurationError ? error.faults.join('\n') : messageOf(error))
  process.exit(1)
}

try {
  const handle = await start()
  stopOnSignal(handle)
  console.log(welcome(handle, performance.now()))
} catch (error) {
  fail(error)
}
