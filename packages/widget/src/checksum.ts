interface WorkerAnswer {
  readonly hash?: string
  readonly error?: string
}

/**
 * Computes SHA-256 of a file in a worker, so that the page stays responsive. Throws the signal's reason if it is
 * aborted.
 */
export async function checksumInWorker(file: File, signal: AbortSignal): Promise<string> {
  const worker = startWorker()
  if (worker === undefined) return checksumHere(file, signal)
  try {
    const answer = await ask(worker, file, signal)
    if (answer === undefined) return await checksumHere(file, signal)
    if (answer.hash === undefined) throw new Error(answer.error)
    return answer.hash
  } finally {
    worker.terminate()
  }
}

/** A page of another origin than this script cannot start the worker. */
function startWorker(): Worker | undefined {
  try {
    return new Worker(new URL('./checksum-worker.js', import.meta.url), { type: 'module' })
  } catch {
    return undefined
  }
}

/** `undefined`: the worker did not start. */
function ask(worker: Worker, file: File, signal: AbortSignal): Promise<WorkerAnswer | undefined> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerAnswer>) => resolve(data))
    worker.addEventListener('error', () => resolve(undefined))
    worker.postMessage(file)
  })
}

async function checksumHere(file: File, signal: AbortSignal): Promise<string> {
  const { checksumOf } = await import('@ckan-uplink/client/checksum')
  return checksumOf(file, signal)
}
