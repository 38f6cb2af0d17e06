import { once } from 'node:events'
import type { Server } from 'node:http'
import { actionsOf } from './actions/index.ts'
import type { Call, Extension } from './call.ts'
import { createFaults, type Faults } from './faults.ts'
import type { Plugin } from './plugin-pages.ts'
import { freshState, type SeededUser, seededParts } from './seed.ts'
import { createHttpServer } from './server.ts'
import type { CkanVersion, State } from './state.ts'
import { createStateFile } from './state-file.ts'
import { createTimestamps } from './times.ts'

export interface CkanStandInOptions {
  /** `2.11` when absent. */
  readonly version?: CkanVersion
  /** Any free port when absent. */
  readonly port?: number
  /** `127.0.0.1` when absent. */
  readonly host?: string
  /** Where the state is kept over restarts, tokens included; nowhere when absent. */
  readonly stateFile?: string
  /** The time that CKAN writes and shows in its `Date` header; the machine's when absent. */
  readonly clock?: () => Date
  /**
   * CKAN's `apitoken_header_name`: the one header that 2.11 and later read tokens from; `Authorization` when absent.
   */
  readonly tokenHeader?: string
  /** Plugins beyond the core. */
  readonly extensions?: readonly Extension[]
  /** The plugin `uplink`; none when absent. */
  readonly plugin?: Plugin
  /** Whether the storage of files has an object at this location; always when absent. */
  readonly hasObject?: (location: string) => boolean
}

/** A running stand-in, and what it holds from the start. */
export interface CkanStandIn {
  /** Without a slash at the end. */
  readonly url: string
  readonly version: CkanVersion
  readonly tokens: Readonly<Record<SeededUser, string>>
  /** The name of the organization that editor and member belong to. */
  readonly organization: string
  /** The id of a public dataset of that organization. */
  readonly dataset: string
  /** The ids of its resources: one without a URL, one with custom fields, one in JSON. */
  readonly resources: readonly string[]
  readonly faults: Faults
  /**
   * The files of CKAN's own store, by the ids of resources whose `url_type` is `upload`. Images have names such as
   * `group/logo.png`. Tests put them here.
   */
  readonly storedFiles: Map<string, Uint8Array>
  /** Stops listening and breaks off open requests. */
  close(): Promise<void>
}

/**
 * Starts a CKAN of its own over HTTP: the Action API with CKAN's order of checks, its row locks, field rules and error
 * bodies, as one of three versions. Rejects as `listen` does, with `EADDRINUSE` when the port is taken.
 */
export async function startCkanStandIn(options: CkanStandInOptions = {}): Promise<CkanStandIn> {
  const {
    version = '2.11',
    port = 0,
    host = '127.0.0.1',
    clock = () => new Date(),
    extensions = [],
    hasObject = () => true,
    tokenHeader = 'Authorization',
  } = options
  const file = createStateFile(options.stateFile)
  const state = file.load() ?? freshState(clock())
  await file.save(state)
  const faults = createFaults()
  const storedFiles = new Map<string, Uint8Array>()
  const timestamp = createTimestamps(clock)
  let siteUrl = ''
  const newCall = (caller: Call['caller']): Call => ({
    state,
    version,
    extensions,
    siteUrl,
    hasObject,
    caller,
    now: clock(),
    timestamp,
  })
  const actions = actionsOf({ version, extensions })
  const server = createHttpServer({
    version,
    tokenHeader,
    state,
    actions,
    faults,
    storedFiles,
    clock,
    newCall,
    plugin: options.plugin,
    save: () => file.save(state),
  })
  siteUrl = await listen(server, port, host)
  return { url: siteUrl, version, faults, storedFiles, ...partsOf(state), close: () => close(server) }
}

function partsOf(state: State) {
  const { tokens, organization, dataset, resources } = seededParts(state)
  return { tokens, organization, dataset, resources }
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Error(`The built-in CKAN can't tell the port it listens on at ${host}.`)
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
