import { readFileSync } from 'node:fs'
import { instanceOf, siteService } from '../ckan/instances.ts'
import { pidOf } from '../ckan/service.ts'

/** Linux counts in hundredths of a second: https://man7.org/linux/man-pages/man7/time.7.html */
const TICKS_PER_SECOND = 100

/** Seconds of processor time that a real CKAN has used since its start. */
export function readCpuSeconds(siteName: string): number {
  const pid = pidOf(siteService(instanceOf(siteName)))
  if (pid === undefined) throw new Error(`CKAN ${siteName} does not run: start it with "npm run ckan -- up".`)
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The fields utime, stime, cutime and cstime of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const times = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
  return times.reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
}
