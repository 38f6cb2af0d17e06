/** `192.0.2.1`, `192.0.2.1:49828`, `2001:db8::1` or `[2001:db8::1]:49828`. */
const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+(?:\.\d+){3})(?::\d+)?|([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*))$/u

/**
 * The caller's address: the last entry of `X-Forwarded-For`. The front end of App Service appends the address and port
 * of the connection to the client's header, so only the last entry is trustworthy. Headers of an app behind Front Door:
 * https://github.com/sergiodxa/remix-utils/pull/496
 */
export function addressOf({ headers }: Request): string | undefined {
  const last = headers.get('X-Forwarded-For')?.split(',').at(-1)?.trim() ?? ''
  const [, bracketed, v4, v6] = ADDRESS.exec(last) ?? []
  return bracketed ?? v4 ?? v6
}
