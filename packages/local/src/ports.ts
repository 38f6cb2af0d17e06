import { createServer } from 'node:net'
import { ConfigurationError } from '@ckan-uplink/core'

/** The ports of the gateway, the storage and the CKAN. */
export interface Ports {
  readonly gateway: number
  readonly storage: number
  readonly ckan: number
}

/**
 * Below the ports that systems give to outgoing connections and to servers that ask for any port. So no other program
 * takes a chosen port by chance before its server listens.
 */
const FREE = { first: 10_000, count: 20_000 }
const ATTEMPTS = 100

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
  if (first === 0) return chooseFree()
  const index = (await areFree(first)).indexOf(false)
  if (index >= 0) throw taken(first, index)
  return portsFrom(first)
}

async function chooseFree(): Promise<Ports> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const first = FREE.first + Math.floor(Math.random() * FREE.count)
    if (!(await areFree(first)).includes(false)) return portsFrom(first)
  }
  throw new ConfigurationError([`No three free ports in a row were found in ${ATTEMPTS} attempts: give PORT a number.`])
}

function portsFrom(first: number): Ports {
  return { gateway: first, storage: first + 1, ckan: first + 2 }
}

function areFree(first: number): Promise<readonly boolean[]> {
  return Promise.all(Object.values(portsFrom(first)).map(isFree))
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function taken(first: number, index: number): ConfigurationError {
  const purpose = ['gateway', 'storage', 'CKAN'][index]
  const other = first === 9000 ? 9100 : 9000
  return new ConfigurationError([
    `Port ${first + index} for the ${purpose} is taken. Stop the program that uses it, or choose other ports: PORT=${other} npm start.`,
  ])
}
