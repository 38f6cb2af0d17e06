import { badRequest } from '../body.ts'
import { MAX_FORM_FIELDS } from '../forms.ts'
import { type Cleaner, pad } from './cleaner.ts'
import { createHeldOutput } from './held-output.ts'

const [AND, EQUALS] = [0x26, 0x3d] as const
const ENDS = [AND, AND] as const

/** Cleans `name=value&name=value`. The padding is `&`: readers of forms ignore empty fields. */
export function createFormCleaner(isOurs: (name: string) => boolean): Cleaner {
  const output = createHeldOutput()
  let isInName = true
  let isTakingOut = false
  let fields = 1

  return {
    write(chunk) {
      output.begin(chunk.length)
      for (let at = 0; at < chunk.length; at += 1) {
        if (!isInName) at = passValue(chunk, at)
        const byte = chunk[at]
        if (byte !== undefined) take(byte)
      }
      return output.passed()
    },
    *end() {
      output.begin(0)
      if (isInName) endName()
      yield output.passed()
      yield* pad(output.takenOut(), '&')
    },
  }

  function take(byte: number): void {
    if (byte === AND) beginField()
    if (isInName) takeName(byte)
  }

  function passValue(chunk: Uint8Array, from: number): number {
    return isTakingOut ? output.skipUntil(chunk, from, ENDS) : output.putUntil(chunk, from, ENDS)
  }

  function beginField(): void {
    if (isInName) endName()
    fields += 1
    if (fields > MAX_FORM_FIELDS) throw badRequest(`A form may have ${MAX_FORM_FIELDS} fields at most`)
    isInName = true
    isTakingOut = false
  }

  function takeName(byte: number): void {
    const isHeld = output.hold(byte)
    if (isHeld && byte !== EQUALS) return
    endName()
    if (!isHeld) output.put(byte)
  }

  function endName(): void {
    const [name = ''] = new URLSearchParams(output.heldText()).keys()
    isInName = false
    isTakingOut = isOurs(name)
    if (isTakingOut) output.drop()
    else output.flush()
  }
}
