import type { TokenCredential } from '@azure/identity'
import { messageOf } from '@ckan-uplink/core'
import { request } from '../../doctor/check.ts'
import type { LogLine, LogReader, Period, Program } from '../log-reader.ts'
import { readInHalves } from '../read-in-halves.ts'
import { createManagementApi } from './management.ts'

const MOST = 5_000
/** https://learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time */
const LATE_BY_MS = 5 * 60_000

const LOG_ANALYTICS = 'https://api.loganalytics.azure.com'
export const LOGS_SCOPE = 'https://api.loganalytics.io/.default'

export interface LogPlaces {
  /** The id of the Log Analytics workspace: a path below Azure's management endpoint. */
  readonly workspace: string
  readonly gatewayApp: string
  readonly linkerApp: string
}

/** The addresses that replace Azure's own. */
export interface LogAddresses {
  readonly managementUrl?: string
  readonly logAnalyticsUrl?: string
}

interface Workspace {
  readonly properties: { readonly customerId: string }
}

interface Answer {
  readonly tables?: readonly { readonly rows: readonly (readonly string[])[] }[]
  readonly error?: { readonly message?: string }
}

/** Reads the workspace of the deployment: https://learn.microsoft.com/azure/azure-monitor/logs/api/overview */
export function openAzureLogs(
  places: LogPlaces,
  identity: Pick<TokenCredential, 'getToken'>,
  { managementUrl, logAnalyticsUrl = LOG_ANALYTICS }: LogAddresses,
): LogReader {
  const { workspace } = places
  const management = createManagementApi(identity, managementUrl)
  let url: Promise<string> | undefined

  async function findUrl(): Promise<string> {
    const found = await management.get<Workspace>(workspace, '2022-10-01')
    if (found === undefined) throw new Error(`The workspace ${workspace} does not exist: deploy the environment first.`)
    return `${logAnalyticsUrl}/v1/workspaces/${found.properties.customerId}/query`
  }

  async function ask(query: string): Promise<readonly LogLine[]> {
    url ??= findUrl()
    const address = await url
    const { token } = (await identity.getToken(LOGS_SCOPE)) ?? {}
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const response = await request(address, { method: 'POST', headers, body: JSON.stringify({ query }) })
    const { tables = [], error }: Answer = await response.json()
    if (!response.ok || error) throw new Error(`${response.status} ${error?.message ?? ''}`.trimEnd())
    return (tables[0]?.rows ?? []).map(([at = '', id = '', text = '']) => ({ id, at: new Date(at), text }))
  }

  return {
    lateByMs: LATE_BY_MS,
    async *read(program, period) {
      try {
        yield* readInHalves(period, MOST, (part) => ask(queryOf(places, program, part)))
      } catch (thrown) {
        throw new Error(
          `The log of the ${program} cannot be read: ${messageOf(thrown)} Reading needs the role Reader on the resource group.`,
          { cause: thrown },
        )
      }
    },
  }
}

/**
 * Azure creates a table with its first line, so a table may be missing, and its columns with it.
 * https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces
 */
function queryOf({ gatewayApp, linkerApp }: LogPlaces, program: Program, { from, to }: Period): string {
  const [app, functions] = program === 'gateway' ? [gatewayApp, ''] : [linkerApp, FUNCTIONS[program]]
  return [
    'union isfuzzy=true AppTraces, AppExceptions',
    `where TimeGenerated >= datetime(${from.toISOString()}) and TimeGenerated < datetime(${to.toISOString()})`,
    `where AppRoleName =~ ${JSON.stringify(app)}`,
    ...(functions === '' ? [] : [`where ${functions}`]),
    'extend Text = coalesce(column_ifexists("Message", ""), column_ifexists("OuterMessage", ""))',
    'project TimeGenerated, _ItemId, Text',
    `take ${MOST}`,
  ].join('\n| ')
}

/** The linker's app also has the functions with schedules. */
const SCHEDULED = '("reconcile", "token")'
const FUNCTIONS = {
  linker: `OperationName !in~ ${SCHEDULED}`,
  reconcile: `OperationName in~ ${SCHEDULED}`,
} as const
