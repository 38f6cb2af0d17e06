/** An own URL without its version, and the version; `undefined` for any other. */
export function splitVersion(url: string): readonly [address: string, version: string] | undefined {
  const [, address, version] = /^([^?#]*)\?v=([0-9a-f]{16})$/u.exec(url) ?? []
  return address === undefined || version === undefined ? undefined : [address, version]
}

/** The segments of a URL's path behind `base`, decoded; `undefined` where it doesn't begin so. */
export function segmentsAfter(base: string, url: string): string[] | undefined {
  if (!url.startsWith(base)) return undefined
  try {
    const segments = url.slice(base.length).split('/').map(decodeURIComponent)
    // A person may write any URL into CKAN: none may lead to another file's key.
    return segments.some((segment) => /^\.{1,2}$|\//u.test(segment)) ? undefined : segments
  } catch {
    return undefined
  }
}
