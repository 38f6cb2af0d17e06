/** Whether the gateway wrote this URL for the resource, or it has none. On any host, its path has both ids. */
export function isOurs(resource: string, url: string | undefined): boolean {
  if (url === undefined || url === '') return url === ''
  const [, upload = ''] = url.split(`/${resource}/`)
  return /^(?:download\/)?[\da-f]{8}-[\da-f]{4}-7[\da-f-]{21}\//u.test(upload)
}
