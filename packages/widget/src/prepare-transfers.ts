import { issueByLink } from './link.ts'
import { type Action, type Checksum, check, type Issuing, issue } from './prepare.ts'
import { removeResource } from './remove-resource.ts'
import { type ByGrants, createResources } from './session.ts'
import { isOpen, type Transfer } from './transfer.ts'

interface Preparing extends Issuing {
  readonly list: readonly Transfer[]
  /** The prepared files that wait for their turn. */
  readonly ready: Set<Transfer>
  readonly dataset: string | undefined
  readonly link: string | undefined
  readonly action: Action
  readonly byGrants?: ByGrants | undefined
  readonly checksum: Checksum
  readonly onChange: (transfer: Transfer) => void
  /** Called when further files are ready. */
  readonly onReady: () => void
  readonly signal: AbortSignal
}

/** Few enough that the first file does not wait long for the checksums of the others, and that URLs do not expire. */
const FILES_PER_REQUEST = 100
const BYTES_PER_REQUEST = 1024 ** 3

/** Computes the checksums of waiting files, and asks for their resources and uploads, many files at a time. */
export function createPreparation(options: Preparing) {
  const { list, ready, dataset, link, action, uplink, multipart, checksum, onChange, onReady, fail, signal } = options
  let isPreparing = false

  /** Files without checksum, as many as one request takes. */
  function chooseChunk(): readonly Transfer[] {
    let bytes = 0
    const waiting = list.filter((transfer) => transfer.state === 'waiting' && !ready.has(transfer))
    const chunk = waiting.slice(0, FILES_PER_REQUEST).filter(({ file }, index) => {
      bytes += file.size
      return index === 0 || bytes <= BYTES_PER_REQUEST
    })
    return chunk
  }

  async function prepare(): Promise<void> {
    if (isPreparing) return
    isPreparing = true
    for (let chunk = chooseChunk(); chunk.length > 0 && !signal.aborted; chunk = chooseChunk()) {
      await prepareChunk(chunk)
      onReady()
    }
    isPreparing = false
  }

  async function prepareChunk(chunk: readonly Transfer[]): Promise<void> {
    for (const transfer of chunk.filter(isOpen)) {
      const checked = check(transfer, checksum, multipart)
      onChange(transfer)
      await checked.catch((thrown: unknown) => fail(transfer, thrown))
    }
    const checked = chunk.filter(({ state }) => state === 'checking')
    await issueAll(checked.filter(({ issued, begun, created }) => !issued && !begun && !created))
    for (const transfer of checked.filter(({ state }) => state === 'checking')) {
      transfer.state = 'waiting'
      ready.add(transfer)
      onChange(transfer)
    }
  }

  async function issueAll(transfers: readonly Transfer[]): Promise<void> {
    if (link !== undefined) await issueByLink(uplink, link, transfers, fail)
    if (dataset === undefined || transfers.length === 0) return
    try {
      await prepareResources(options, dataset, transfers)
      await Promise.all(transfers.filter(({ state }) => state === 'cancelled').map(removeCreated))
    } catch (thrown) {
      for (const transfer of transfers) if (isOpen(transfer)) fail(transfer, thrown)
    }
  }

  /** A file that a person cancelled leaves no empty resource. */
  async function removeCreated(transfer: Transfer): Promise<void> {
    const { created } = transfer
    transfer.created = undefined
    if (created !== undefined) await removeResource(action, created)
  }

  return { prepare, removeCreated }
}

/** Gives each file its resource. */
async function prepareResources(options: Preparing, dataset: string, transfers: readonly Transfer[]): Promise<void> {
  const { byGrants } = options
  if (byGrants === undefined) return issue(options, dataset, transfers)
  const names = transfers.map(({ path }) => path)
  const created = await createResources(byGrants.action, dataset, names)
  for (const [index, transfer] of transfers.entries()) transfer.created = created[index]
}
