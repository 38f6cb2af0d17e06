/** How the tags of a page load a file. */
const IN_PAGES = /^(?:image|video|audio|embed|object|iframe)$/u

/** Whether a browser opens this address for a person. Such a request has CKAN's cookies when it comes to CKAN. */
export function isOpenedInBrowser({ headers }: Request): boolean {
  const mode = headers.get('Sec-Fetch-Mode')
  const destination = headers.get('Sec-Fetch-Dest')
  // Browsers send neither to an http address.
  if (mode === null && destination === null) return /\btext\/html\b/iu.test(headers.get('Accept') ?? '')
  return mode === 'navigate' || IN_PAGES.test(destination ?? '')
}

/** The page of CKAN's plugin that checks the session, and sends the browser back with a grant for this file. */
export function signInUrl(ckanUrl: string, request: Request): string {
  const { pathname, searchParams } = new URL(request.url)
  const file = pathname.replace(/^\/resource\/([^/]+)\/download\//u, '$1/')
  const isPreview = searchParams.get('preview') === '1'
  return `${ckanUrl}/uplink/open/${file}${isPreview ? '?preview=1' : ''}`
}
