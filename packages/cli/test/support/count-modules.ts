import { registerHooks } from 'node:module'

/**
 * Preloaded into a program, this module prints to stderr how many modules of the client and of core the program loaded.
 */
let modules = 0
registerHooks({
  load(url, context, next) {
    if (/packages\/(?:client|core)\//u.test(url)) modules += 1
    return next(url, context)
  },
})
process.on('exit', () => console.error(`${modules} modules`))
