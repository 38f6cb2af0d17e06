/** The cost of one way to bring files into datasets. */
export interface Cost {
  readonly seconds: number
  /** Calls of CKAN. */
  readonly calls: number
  /** The same by action, the most frequent first. */
  readonly actions?: Readonly<Record<string, number>>
  /** Seconds of processor time in CKAN. */
  readonly cpuSeconds: number
}

/** The cost whose time is in the middle. */
export function medianCost(costs: readonly Cost[]): Cost {
  const middle = costs.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(costs.length / 2)]
  if (!middle) throw new Error('Nothing was measured.')
  return middle
}
