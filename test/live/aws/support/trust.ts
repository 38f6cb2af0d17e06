import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Ministack } from '../../../../scripts/aws/ministack/ministack.ts'

/** Has this process, and curl from it, take the emulator's own certificate for good. */
export function trust({ certificate }: Pick<Ministack, 'certificate'>): void {
  if (certificate === undefined) return
  setDefaultCACertificates([...getCACertificates(), readFileSync(certificate, 'utf8')])
  process.env['CURL_CA_BUNDLE'] = certificate
}
