import { fill } from '../words/languages.ts'
import type { Words } from '../words/words.ts'
import type { Shown, Version } from './versions.ts'

/** The question before a restoration. An address that is no file of the gateway is lost by it. */
export function askToRestore(
  words: Words,
  name: string,
  shown: Shown | undefined,
  versions: readonly Version[],
): string {
  const present = versions.find(({ upload, state }) => state === 'current' && upload === shown?.upload)?.name
  if (present !== undefined) return fill(words.restoreAbout, { name, present })
  const address = shown?.upload === undefined && shown?.url
  return address ? fill(words.restoreOverAddress, { name, address }) : fill(words.restoreOver, { name })
}
