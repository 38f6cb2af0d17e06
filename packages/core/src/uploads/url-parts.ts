const VERSION = /^[0-9a-f]{16}$/u

/** Whether a text has the form of a version. */
export function isVersion(text: string): boolean {
  return VERSION.test(text)
}

/** Splits `<address>?v=<version>`; `undefined` for any other URL. */
export function splitVersion(url: string): readonly [address: string, version: string] | undefined {
  const [, address, version = ''] = /^([^?#]*)\?v=([^?#]*)$/u.exec(url) ?? []
  return address === undefined || !isVersion(version) ? undefined : [address, version]
}

/** The decoded segments of the URL after `base`; `undefined` when the URL does not begin with `base`. */
export function segmentsAfter(base: string, url: string): string[] | undefined {
  if (!url.startsWith(base)) return undefined
  try {
    const segments = url.slice(base.length).split('/').map(decodeURIComponent)
    // A person may write any URL into CKAN. No such URL may lead to the key of another file.
    return segments.some((segment) => /^\.{1,2}$|\//u.test(segment)) ? undefined : segments
  } catch {
    return undefined
  }
}
