import { readFileSync } from 'node:fs'
import { get as getByHttp } from 'node:http'
import { get as getByHttps } from 'node:https'

/** Whether an address answers with 200 within a second, to a client that trusts this certificate. */
export const ready = (url: string, certificate?: string): Promise<boolean> =>
  new Promise((resolve) => {
    const get = certificate === undefined ? getByHttp : getByHttps
    const ca = certificate === undefined ? undefined : readFileSync(certificate)
    const request = get(url, { ca, timeout: 1000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
  })
