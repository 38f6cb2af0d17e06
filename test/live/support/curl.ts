import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Throws curl's words, and not the command, because its URL is a secret. */
async function curl(...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute('curl', ['--silent', '--show-error', '--fail', ...args], {
      maxBuffer: 64 * 1024 ** 2,
    })
    return stdout
  } catch (failure) {
    throw new Error((failure as { readonly stderr?: string }).stderr ?? 'curl could not run: is it installed?')
  }
}

/** Runs `curl -T <file> <url>` with these headers. Throws curl's words if the storage refuses. */
export async function putByCurl(
  url: string,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-curl-'))
  try {
    await writeFile(join(folder, 'file'), content)
    const given = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`])
    await curl(...given, '-T', join(folder, 'file'), url)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs `curl <url>`, follows redirects and returns the content. */
export function getByCurl(url: string): Promise<string> {
  return curl('--location', url)
}
