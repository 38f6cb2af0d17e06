import { createUplink } from '@ckan-uplink/client'
import { checksumInWorker } from './checksum.ts'
import { createToken } from './credentials.ts'
import { type CkanForm, createFormUploads } from './form.ts'
import { createKeptUploads } from './kept-uploads.ts'
import { parseLink } from './link.ts'
import { createSenders } from './senders.ts'
import type { CkanSession } from './session.ts'
import type { Transfer } from './transfer.ts'
import { createTransfers, type Transfers, type TransfersOptions } from './transfers.ts'

export type { Action } from './prepare.ts'
export { hasArrived, isOpen, type Transfer } from './transfer.ts'
export type { NewFile, Transfers } from './transfers.ts'

/** Where a person's files go, and by what right. */
export interface Place {
  /** The address of the gateway. */
  readonly gateway: string
  /** The name or id of a dataset, in which each file becomes a new resource. */
  readonly dataset?: string | undefined
  /** The id of a resource, which gets one file. */
  readonly resource?: string | undefined
  /** The fragment of an upload link's address, for people without an account. It takes the place of all others. */
  readonly link?: string | undefined
  /** The signed-in person: unfinished files of others in this browser stay hidden. */
  readonly person?: string | undefined
  /** Gives a token or a grant. Called again before a grant can expire. */
  readonly getToken?: (() => Promise<string>) | undefined
  /** Signs the person in by CKAN's session, on a page of CKAN with the plugin. It takes the place of a token. */
  readonly session?: CkanSession | undefined
  /** A form of CKAN that gets the file. It takes the place of dataset and resource. */
  readonly form?: CkanForm | undefined
  /** Sends each file in parts, as grants require. */
  readonly parts?: boolean | undefined
  /** Whether to follow a linked table until a loader has loaded it. That asks CKAN, which grants do not allow. */
  readonly followLoads?: boolean | undefined
}

/** Opens a place for files. `undefined`: the gateway, or the dataset, resource or link, is missing. */
export function openTransfers(place: Place, onChange: (transfer?: Transfer) => void): Transfers | undefined {
  const { dataset, resource, session, form, getToken } = place
  const gateway = place.gateway.replace(/\/+$/u, '')
  const link = parseLink(place.link ?? '')
  if (!URL.canParse(gateway) || !(dataset || resource || link || form)) return undefined
  const isInParts = place.parts || session !== undefined || form !== undefined || link !== undefined
  const token = createToken(async () => link?.token ?? (await getToken?.()) ?? '')
  return createTransfers({
    uplink: createUplink({ gateway, token }),
    gateway,
    person: place.person,
    target: targetOf(place, link),
    byGrants: session && { action: session.action, senderFor: createSenders(gateway, session.getGrant) },
    form: form && createFormUploads(form, gateway),
    multipart: isInParts || undefined,
    followLoads: place.followLoads === true && !isInParts,
    kept: createKeptUploads(),
    checksum: checksumInWorker,
    onChange,
  })
}

function targetOf(
  { form, resource, dataset = '' }: Place,
  link: ReturnType<typeof parseLink>,
): TransfersOptions['target'] {
  if (link) return { link: link.id }
  if (form) return { form: form.place }
  return resource ? { resource } : { dataset }
}
