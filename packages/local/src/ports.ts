import { createServer } from 'node:net'
import { ConfigurationError } from '@ckan-uplink/core'

/** The ports of the gateway, the storage and the CKAN. */
export interface Ports {
  readonly gateway: number
  readonly storage: number
  readonly ckan: number
}

/**
 * `PORT` and the next two ports, or three free ports for 0. Throws `ConfigurationError` if a port is taken or the text
 * is not a port.
 */
export async function choosePorts(text: string): Promise<Ports> {
  const first = /^\d{1,5}$/u.test(text) ? Number(text) : Number.NaN
  if (!(first <= 65_533))
    throw new ConfigurationError([
      `PORT is ${JSON.stringify(text)}: give a whole number from 0 to 65533, such as PORT=9000 npm start.`,
    ])
  const wanted = first === 0 ? [0, 0, 0] : [first, first + 1, first + 2]
  const [gateway, storage, ckan] = await Promise.all(wanted.map(claim))
  if (gateway === undefined || storage === undefined || ckan === undefined)
    throw taken(first, [gateway, storage, ckan].indexOf(undefined))
  return { gateway, storage, ckan }
}

/** The port if it is free, `undefined` if it is taken. */
function claim(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : port))
    })
  })
}

function taken(first: number, index: number): ConfigurationError {
  const purpose = ['gateway', 'storage', 'CKAN'][index]
  const other = first === 9000 ? 9100 : 9000
  return new ConfigurationError([
    `Port ${first + index} for the ${purpose} is taken. Stop the program that uses it, or choose other ports: PORT=${other} npm start.`,
  ])
}
