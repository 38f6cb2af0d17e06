/** An unfinished upload in parts, which a later visit of the page can continue. */
export interface KeptUpload {
  /** The upload id. */
  readonly id: string
  readonly resource: string
  readonly statusKey?: string | undefined
  /** The gateway, and the dataset or resource. */
  readonly place: string
  readonly path: string
  readonly size: number
  readonly modifiedMs: number
  readonly hash?: string | undefined
  /** Of a file for a form of CKAN: the plugin's statement about the form. */
  readonly form?: string | undefined
  /** Opens the file again without choosing it. Some browsers have it for dropped files. */
  readonly handle?: FileSystemFileHandle | undefined
}

/** Where unfinished uploads are kept between visits. */
export interface KeptUploads {
  list(place: string): Promise<readonly KeptUpload[]>
  put(upload: KeptUpload): Promise<void>
  remove(id: string): Promise<void>
}

/** Compares name, size and time. */
export function isSameFile(kept: KeptUpload, file: File, path: string): boolean {
  return kept.path === path && kept.size === file.size && kept.modifiedMs === file.lastModified
}

/** Lets a visit of another place find this upload. */
export async function moveKept(kept: KeptUploads, id: string, from: string, to: string): Promise<void> {
  const found = (await kept.list(from)).find((upload) => upload.id === id)
  if (found !== undefined) await kept.put({ ...found, place: to })
}

const STORE = 'uploads'

/** Keeps them in the browser's database, which can hold file handles. A browser that refuses it keeps nothing. */
export function createKeptUploads(): KeptUploads {
  async function run<T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<T>,
    without: T,
  ): Promise<T> {
    try {
      const database = await answerOf(openDatabase())
      try {
        return await answerOf(work(database.transaction(STORE, mode).objectStore(STORE)))
      } finally {
        database.close()
      }
    } catch {
      return without
    }
  }
  return {
    async list(place) {
      const all = await run<KeptUpload[]>('readonly', (store) => store.getAll(), [])
      return all.filter((upload) => upload.place === place)
    },
    async put(upload) {
      await run<IDBValidKey>('readwrite', (store) => store.put(upload), '')
    },
    async remove(id) {
      await run<undefined>('readwrite', (store) => store.delete(id), undefined)
    },
  }
}

function openDatabase(): IDBOpenDBRequest {
  const opening = indexedDB.open('ckan-uplink', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: 'id' })
  return opening
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
