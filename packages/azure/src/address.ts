/** `192.0.2.1`, `192.0.2.1:49828`, `2001:db8::1` or `[2001:db8::1]:49828`. */
const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+(?:\.\d+){3})(?::\d+)?|([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*))$/u

/**
 * The caller's address: the last entry of `X-Forwarded-For`. App Service's front end appends the address of the connection, with its port,
 * to what the client sends there, so that only the last entry can be believed.
 * Headers seen at an app, with Front Door before it: https://github.com/sergiodxa/remix-utils/pull/496
 */
export function addressOf({ headers }: Request): string | undefined {
  const last = headers.get('X-Forwarded-For')?.split(',').at(-1)?.trim() ?? ''
  const [, bracketed, v4, v6] = ADDRESS.exec(last) ?? []
  return bracketed ?? v4 ?? v6
}
