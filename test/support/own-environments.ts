import { registerHooks } from 'node:module'

const theirs = new URL('../../environments.ts', import.meta.url).href
const ours = new URL('given-environments.ts', import.meta.url).href

// Node imports this file first (`node --import`). So the tests run the repository's own program unchanged, with their
// own environments.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    return resolved.url === theirs ? { ...resolved, url: ours } : resolved
  },
})
