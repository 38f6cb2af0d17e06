import {
  CloudWatchLogsClient,
  paginateFilterLogEvents,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs'
import { messageOf } from '@ckan-uplink/core'
import type { LogReader, Program } from '../log-reader.ts'
import { noCredentials } from './no-credentials.ts'

const LATE_BY_MS = 30_000

export type LogGroups = Readonly<Record<Program, string>>

/** Reads the logs with the credentials that AWS's own tools find on this machine. */
export function openAwsLogs(region: string, groups: LogGroups): LogReader {
  const client = new CloudWatchLogsClient({ region, maxAttempts: 3 })
  return {
    lateByMs: LATE_BY_MS,
    async *read(program, { from, to }) {
      const logGroupName = groups[program]
      const period = { startTime: from.getTime(), endTime: to.getTime() - 1 }
      try {
        for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, ...period }))
          for (const { eventId = '', timestamp = 0, message = '' } of events)
            yield { id: eventId, at: new Date(timestamp), text: message.trimEnd() }
      } catch (thrown) {
        throw new Error(refusal(thrown, logGroupName, region), { cause: thrown })
      }
    },
  }
}

function refusal(thrown: unknown, group: string, region: string): string {
  if (thrown instanceof ResourceNotFoundException)
    return `The log group ${group} does not exist in ${region}: deploy the environment first.`
  if (thrown instanceof Error && thrown.name === 'CredentialsProviderError') return noCredentials(thrown)
  return `The log group ${group} cannot be read: ${messageOf(thrown)} Reading needs the right logs:FilterLogEvents (docs/deploy/aws.md).`
}
