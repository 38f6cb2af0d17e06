import { ConfigurationError, messageOf } from '@ckan-uplink/core'

/** Sets the exit code to the resolved value. Prints a failure as sentences, one per line, without a stack. */
export async function exitWith(code: Promise<number>): Promise<void> {
  process.exitCode = await code.catch((error: unknown) => {
    console.error(error instanceof ConfigurationError ? error.faults.join('\n') : messageOf(error))
    return 1
  })
}

/** Runs a program with the words of the command line. Without words, or for `--help`, it prints the help instead. */
export async function runOrHelp(help: string, main: (...words: string[]) => Promise<number>): Promise<void> {
  const words = process.argv.slice(2)
  if (words.length > 0 && words[0] !== '--help') return exitWith(main(...words))
  console.log(help)
  process.exitCode = words.length === 0 ? 2 : 0
}
