import { MIB } from '@ckan-uplink/core/support'
import type { MultipartLimits } from '@ckan-uplink/core/uploads'

/** How to split a file: parts of `partSize` bytes, and a last part with the remaining bytes. */
export interface PartPlan {
  readonly partSize: number
  readonly partCount: number
}

/** Small enough for a browser to hold and resend several parts. Large enough for 156 GiB in 10,000 parts. */
const STEP_BYTES = 16 * MIB

/**
 * The smallest parts, in steps of 16 MiB, that the store accepts. `undefined` for an empty file, or one beyond its
 * limits.
 */
export function planParts(limits: MultipartLimits, size: number): PartPlan | undefined {
  const least = Math.max(limits.minPartBytes, size / limits.maxParts)
  const partSize = Math.ceil(least / STEP_BYTES) * STEP_BYTES
  const isTaken = size > 0 && partSize <= limits.maxPartBytes && size <= (limits.maxObjectBytes ?? size)
  return isTaken ? { partSize, partCount: Math.ceil(size / partSize) } : undefined
}

/** The bytes of one part. The first part has number 1. */
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
