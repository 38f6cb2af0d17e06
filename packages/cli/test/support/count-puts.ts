/** Preloaded into a program, this module prints to stderr how many PUTs the program sent. */
const send = globalThis.fetch
let puts = 0
globalThis.fetch = (input, init) => {
  if (init?.method === 'PUT') puts += 1
  return send(input, init)
}
process.on('exit', () => console.error(`${puts} PUTs`))
