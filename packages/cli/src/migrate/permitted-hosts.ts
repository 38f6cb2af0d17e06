import dns from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { FetchOptions } from '../fetch-with-token.ts'
import type { ChosenFile } from './choose-files.ts'

/**
 * Which addresses may be asked for a file. Any editor can write a link, so a link leads only to a public address of a
 * named host, by https. CKAN itself chooses where its store is: on its own host, or on a named host by a redirect.
 */
export function permitFor(
  { from, url: { pathname } }: ChosenFile,
  { own, hosts }: { readonly own: readonly string[]; readonly hosts: readonly string[] },
): NonNullable<FetchOptions['permit']> {
  return (url) => {
    const isNamed = hosts.includes(url.hostname)
    if (from === 'link') {
      if (!isNamed) throw new Error(`It redirects to ${url.hostname}: name that host with --host to follow.`)
      if (url.protocol !== 'https:') throw new Error(`It redirects to ${url.origin}, which is not https.`)
      requirePublic(url.hostname.replace(/^\[|\]$/gu, ''))
      return lookupPublic
    }
    if (isNamed) return undefined
    if (!own.includes(url.origin)) throw new Error(`CKAN has it at ${url.origin}: name that host with --host.`)
    // CKAN sends callers who may not read a file to its login page.
    if (!url.pathname.endsWith(pathname))
      throw new Error(`CKAN redirects to ${url.pathname}: may this token read the file?`)
    return undefined
  }
}

/** Node resolves no address that is given as a number. */
function requirePublic(host: string): void {
  if (isIP(host) !== 0 && !isPublic(host)) throw notPublic(host, host)
}

/** Resolves a name, and fails if one of its addresses is not public. The connection uses exactly these addresses. */
const lookupPublic: LookupFunction = (host, options, callback) => {
  dns.lookup(host, { ...options, all: true }, (error, found) => {
    const refused =
      error ?? found.filter(({ address }) => !isPublic(address)).map(({ address }) => notPublic(host, address))[0]
    const [first] = found ?? []
    if (refused || first === undefined) callback(refused ?? new Error(`${host} has no address.`), '')
    else if (options.all) callback(null, found)
    else callback(null, first.address, first.family)
  })
}

function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast'
}

function notPublic(host: string, address: string): Error {
  return new Error(`${host} leads to ${address}, which is not a public address.`)
}
