import { MIB } from '@ckan-uplink/core/support'
import type { MultipartLimits } from '@ckan-uplink/core/uploads'

/** How a file is cut: parts of `partSize` bytes, the last of which holds what is left. */
export interface PartPlan {
  readonly partSize: number
  readonly partCount: number
}

/** Small enough for a browser to hold some, and to be sent again; large enough that 156 GiB are 10,000. */
const STEP_BYTES = 16 * MIB

/** The smallest parts, in steps of 16 MiB, of which the store takes enough; `undefined` for a file that it doesn't take, or that has no bytes. */
export function planParts(limits: MultipartLimits, size: number): PartPlan | undefined {
  const least = Math.max(limits.minPartBytes, size / limits.maxParts)
  const partSize = Math.ceil(least / STEP_BYTES) * STEP_BYTES
  const isTaken = size > 0 && partSize <= limits.maxPartBytes && size <= (limits.maxObjectBytes ?? size)
  return isTaken ? { partSize, partCount: Math.ceil(size / partSize) } : undefined
}

/** Bytes of one part, which is numbered from 1 on. */
export function sizeOfPart({ partSize, partCount }: PartPlan, size: number, partNumber: number): number {
  return partNumber < partCount ? partSize : size - (partCount - 1) * partSize
}

/** Ascending numbers as people write them: `1-3, 7`. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const number of numbers) {
    const range = ranges.at(-1)
    if (range?.[1] === number - 1) range[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(', ')
}
