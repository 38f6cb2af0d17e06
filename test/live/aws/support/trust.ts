import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Ministack } from '../../../../scripts/ministack/ministack.ts'

/** Has this process take the emulator's own certificate for good. */
export function trust({ certificate }: Pick<Ministack, 'certificate'>): void {
  if (certificate !== undefined) setDefaultCACertificates([...getCACertificates(), readFileSync(certificate, 'utf8')])
}
