import { ConfigurationError, messageOf } from '@ckan-uplink/core'

/** Sets the exit code to the resolved value. Prints a failure as sentences, one per line, without a stack. */
export async function exitWith(code: Promise<number>): Promise<void> {
  process.exitCode = await code.catch((error: unknown) => {
    console.error(error instanceof ConfigurationError ? error.faults.join('\n') : messageOf(error))
    return 1
  })
}
