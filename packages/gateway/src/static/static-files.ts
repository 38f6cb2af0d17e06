/**
 * The files that deploy beside the gateway: the API description, scripts and pages. Each platform keeps them its own
 * way, outside the program.
 */
export interface StaticFiles {
  /** The content of a file, or `undefined` if there is none. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** Static files in memory: for tests, and for servers of your own. */
export function createStaticFiles(files: Readonly<Record<string, string>>): StaticFiles {
  const contents = new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)]))
  return { read: async (name) => contents.get(name) }
}
