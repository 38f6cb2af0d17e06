import { UsageError } from '@ckan-uplink/cli'
import type { EnvVars, Needs } from '../clouds/cloud-access.ts'
import type { LogReader } from '../clouds/log-reader.ts'
import type { FindDeployment } from '../open-environment.ts'

/**
 * Opens the logs of an environment, by default that of `UPLINK_ENV`. Throws one `UsageError` that lists all missing
 * settings.
 */
export async function openLogs(find: FindDeployment, chosen: string | undefined, env: EnvVars): Promise<LogReader> {
  const name = chosen ?? env['UPLINK_ENV']
  if (!name)
    throw new UsageError(
      'No environment is chosen: give --env or UPLINK_ENV with a name in environments.ts. The local edition logs to the terminal of npm start.',
    )
  const faults: string[] = []
  const needs: Needs = {
    variable(variable, what) {
      if (!env[variable]) faults.push(`${variable} is missing: set it to ${what}.`)
      return env[variable] ?? ''
    },
    missing: (sentence) => faults.push(sentence),
  }
  const reader = await find(name).openLogs?.({ needs, env })
  if (reader === undefined) throw new UsageError(`${name} keeps no log that can be read from here.`)
  if (faults.length > 0) throw new UsageError(faults.join('\n'))
  return reader
}

/** The fields of a line in JSON, or the text. */
export function parseLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
