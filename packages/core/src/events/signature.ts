/** Each secret has 24 to 64 bytes: https://www.standardwebhooks.com */
const SECRET = /^whsec_(?<key>[A-Za-z0-9+/]{32,86}={0,2})$/u

/** Whether the text is a secret of Standard Webhooks. */
export function isWebhookSecret(secret: string): boolean {
  const key = SECRET.exec(secret)?.groups?.['key']
  // Base64 has groups of four characters.
  return key !== undefined && key.length % 4 === 0
}

/** The headers of Standard Webhooks, with one signature for each secret. */
export async function signedHeaders(
  secrets: readonly string[],
  { id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string },
): Promise<Readonly<Record<string, string>>> {
  const text = new TextEncoder().encode(`${id}.${seconds}.${body}`)
  const signatures = await Promise.all(secrets.map(async (secret) => `v1,${await sign(secret, text)}`))
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') }
}

async function sign(secret: string, text: Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = Uint8Array.from(atob(SECRET.exec(secret)?.groups?.['key'] ?? ''), (character) =>
    character.charCodeAt(0),
  )
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', key, text))))
}
