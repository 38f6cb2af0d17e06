import { registerHooks } from 'node:module'

const theirs = new URL('../../environments.ts', import.meta.url).href
const ours = new URL('given-environments.ts', import.meta.url).href

// Imported before anything else (`node --import`), so that the program that deploys is the repository's, to the letter, and
// what it deploys is of these tests.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    return resolved.url === theirs ? { ...resolved, url: ours } : resolved
  },
})
