import { MIB } from '@ckan-uplink/core/support'
import cliProgress from 'cli-progress'

/** Shows the progress of all files together, and of the files that have been under way for the longest time. */
export interface FolderProgress {
  sent(path: string, file: { readonly name: string; readonly sent: number; readonly size: number }): void
  /** The file is no longer under way. Its bytes count as done. */
  end(path: string, size: number): void
  /** All files are sent, and this many of them have their result. */
  waited(count: number, of: number): void
  /** Call it before any other output, and at the end. */
  clear(): void
}

interface UnderWay {
  readonly since: number
  readonly name: string
  readonly sent: number
  readonly size: number
}

const ALL = '{bar} {percentage} %  {done} of {count} files  {speed}  {eta_formatted} left'
const WAITING = '{bar} {value} of {total} files shown by CKAN'
const SLOWEST = 3
const REDRAW_MS = 100

interface Bars {
  readonly multi: cliProgress.MultiBar
  readonly all: cliProgress.SingleBar
  readonly slowest: readonly cliProgress.SingleBar[]
}

/** Shows bars on a terminal, and nothing elsewhere: bars would clutter a log. */
export function startFolderProgress(
  { count, bytes }: { readonly count: number; readonly bytes: number },
  stream: NodeJS.WriteStream = process.stderr,
): FolderProgress {
  const nothing = () => {}
  if (!stream.isTTY) return { sent: nothing, end: nothing, waited: nothing, clear: nothing }
  const startedAt = performance.now()
  const underWay = new Map<string, UnderWay>()
  let [done, doneBytes, drawnAt] = [0, 0, 0]
  let bars: Bars | undefined

  function isDue(): boolean {
    if (performance.now() - drawnAt < REDRAW_MS) return false
    drawnAt = performance.now()
    return true
  }

  function draw(): void {
    if (!isDue()) return
    bars ??= createBars(stream, Math.max(1, bytes), ALL)
    const sent = [...underWay.values()].reduce((sum, file) => sum + file.sent, doneBytes)
    const speed = `${(sent / MIB / Math.max(0.001, (drawnAt - startedAt) / 1000)).toFixed(1)} MiB/s`
    bars.all.update(sent, { done, count, speed })
    const slowest = [...underWay.values()].toSorted((a, b) => a.since - b.since)
    for (const [index, bar] of bars.slowest.entries()) {
      const { name = '', size = 1, sent = 0 } = slowest[index] ?? {}
      bar.setTotal(Math.max(1, size))
      bar.update(sent, { name })
    }
  }

  function clear(): void {
    bars?.multi.stop()
    bars = undefined
  }

  return {
    sent(path, file) {
      underWay.set(path, { since: underWay.get(path)?.since ?? performance.now(), ...file })
      draw()
    },
    end(path, size) {
      underWay.delete(path)
      done += 1
      doneBytes += size
      draw()
    },
    waited(waited, of) {
      if (!isDue()) return
      bars ??= createBars(stream, of, WAITING)
      bars.all.update(waited, {})
    },
    clear,
  }
}

function createBars(stream: NodeJS.WriteStream, total: number, format: string): Bars {
  const multi = new cliProgress.MultiBar({ hideCursor: true, clearOnComplete: true, etaBuffer: 100, stream })
  const all = multi.create(total, 0, { done: 0, count: 0, speed: '' }, { format })
  const slots = format === ALL ? SLOWEST : 0
  const slowest = Array.from({ length: slots }, () => multi.create(1, 0, { name: '' }, { format: formatOne }))
  return { multi, all, slowest }
}

/** An empty line if fewer files are under way. */
function formatOne(options: cliProgress.Options, { progress }: cliProgress.Params, { name }: { name: string }): string {
  if (name === '') return ''
  return `  ${cliProgress.Format.BarFormat(progress, options)} ${Math.floor(100 * progress)} %  ${name}`
}
