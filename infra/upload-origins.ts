/**
 * The origins whose pages may upload to the bucket: those of the entry, and that of the gateway, which has an upload
 * page. An entry without `gatewayUrl` has no address before its first deployment.
 */
export function uploadOrigins({
  allowedOrigins = [],
  gatewayUrl,
}: {
  readonly allowedOrigins?: readonly string[]
  readonly gatewayUrl?: string | undefined
}): readonly string[] {
  if (gatewayUrl === undefined || allowedOrigins.includes('*')) return allowedOrigins
  return [...new Set([...allowedOrigins, new URL(gatewayUrl).origin])]
}
