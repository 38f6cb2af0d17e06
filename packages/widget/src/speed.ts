const WINDOW_MS = 10_000

/** Measures the speed over the last ten seconds. */
export interface Speed {
  /** Bytes per second, or `undefined` while too little is known. */
  note(sent: number, nowMs: number): number | undefined
}

export function createSpeed(): Speed {
  let samples: { readonly sent: number; readonly at: number }[] = []
  return {
    note(sent, now) {
      const last = samples.at(-1)
      // Bytes that must be sent again make the number fall: the measurement starts over.
      if (last !== undefined && sent < last.sent) samples = []
      samples = [...samples.filter(({ at }) => now - at <= WINDOW_MS), { sent, at: now }]
      const [first] = samples
      if (first === undefined || now - first.at < 1000 || sent === first.sent) return undefined
      return ((sent - first.sent) * 1000) / (now - first.at)
    },
  }
}
