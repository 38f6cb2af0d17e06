/**
 * Resolves at the first Ctrl-C. From then on, the process ends only when its work is done: a terminal sends Ctrl-C to
 * npm and to this process, and npm passes it on, so a second signal arrives during the cleaning up.
 */
export async function untilInterrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve())
  const staying = setInterval(() => {}, 60_000)
  await promise
  clearInterval(staying)
}
