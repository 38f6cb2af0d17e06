import type { createMemoryStore } from '@ckan-uplink/testing'

/** Has another program change an upload's record right before each of the next writes of it. */
export function changeBefore(store: ReturnType<typeof createMemoryStore>, id: string, writes = 1): void {
  const { put } = store
  const record = `uplink/uploads/${id}.json`
  let changes = 0
  store.put = async (key, bytes, options) => {
    if (key === record && changes < writes) {
      changes += 1
      const changed = { ...store.json(record), reason: `Changed meanwhile, ${changes} times.` }
      await put(record, new TextEncoder().encode(JSON.stringify(changed)))
    }
    return put(key, bytes, options)
  }
}
