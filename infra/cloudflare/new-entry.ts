import { addressOf, type NewEntry } from '../new-entry.ts'

export const newEntry: NewEntry = {
  questions: [
    {
      flag: 'account',
      text: 'Id of the account, 32 hex digits',
      propose: async () => onlyOne(await read<Named>('/accounts'))?.id,
    },
    {
      flag: 'host',
      text: "The gateway's host, in a domain on Cloudflare or on workers.dev",
    },
    {
      flag: 'zone',
      text: "The domain on Cloudflare that holds the gateway's host",
      applies: ({ host = '' }) => !isFree(host),
      propose: async ({ host = '' }) => {
        const { hostname } = new URL(addressOf(host))
        return (await read<Named>('/zones')).find(({ name }) => hostname === name || hostname.endsWith(`.${name}`))
          ?.name
      },
    },
  ],
  fieldsOf: ({ account, host = '', zone }) => ({
    accountId: account,
    gatewayUrl: addressOf(host),
    ...(isFree(host) ? { gatewayBy: 'workers.dev' } : { zone }),
  }),
  secretName: () => 'ckanToken',
  firstCommand: (name) => `npm run pulumi -- ${name} stack init`,
}

interface Named {
  readonly id: string
  readonly name: string
}

function isFree(host: string): boolean {
  return host.replace(/\/+$/u, '').endsWith('.workers.dev')
}

function onlyOne<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined
}

/** A list of Cloudflare's API, as far as CLOUDFLARE_API_TOKEN may read it. */
async function read<T>(path: string): Promise<readonly T[]> {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_API_BASE_URL: base } = process.env
  if (!token) return []
  const url = `${base || 'https://api.cloudflare.com/client/v4'}${path}?per_page=50`
  const headers = { Authorization: `Bearer ${token}` }
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(15_000) }).catch(() => undefined)
  const { result }: { readonly result?: readonly T[] | null } = answer?.ok ? await answer.json() : {}
  return result ?? []
}
