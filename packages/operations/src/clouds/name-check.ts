import { type CheckResult, hint, right, wrong } from '../doctor/check.ts'

/** A name that the deployment needs, as the cloud knows it. */
export interface NeededName {
  readonly name: string
  /** Whether the account has something with this name. */
  readonly exists: boolean
  /** Whether this deployment created it. `undefined`: not known. */
  readonly isOwn?: boolean | undefined
  /** The entry says that it exists already. */
  readonly isAdopted?: boolean
  /** Why an absent name cannot be had, in the cloud's words. */
  readonly refusal?: string | undefined
}

/** Judges names of one kind. `ifTaken` says how to get past a name that something else has. */
export function judgeNames(names: readonly NeededName[], ifTaken: string): CheckResult {
  const found = names.map(judge)
  const faults = found.filter(({ state }) => state === 'wrong')
  const say = (some: readonly { readonly words: string }[]) => some.map(({ words }) => words).join('; ')
  if (faults.length > 0) return wrong(say(faults), ifTaken)
  return found.some(({ state }) => state === 'hint') ? hint(`${say(found)}. ${ifTaken}`) : right(say(found))
}

interface Judged {
  readonly state: CheckResult['state']
  readonly words: string
}

function judge({ name, exists, isOwn, isAdopted = false, refusal }: NeededName): Judged {
  if (refusal !== undefined) return { state: 'wrong', words: `${name} is not free: ${refusal}` }
  if (!exists)
    return isAdopted
      ? { state: 'wrong', words: `${name} does not exist, but the entry says adopt` }
      : { state: 'right', words: `${name} is free` }
  if (isAdopted) return { state: 'right', words: `${name} exists, as the entry says` }
  if (isOwn === true) return { state: 'right', words: `${name} belongs to this environment` }
  if (isOwn === undefined) return { state: 'hint', words: `${name} exists, perhaps from an earlier deployment` }
  return { state: 'wrong', words: `${name} exists already, and this environment did not create it` }
}
