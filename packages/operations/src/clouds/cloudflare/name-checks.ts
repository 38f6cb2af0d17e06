import type { Check } from '../../doctor/check.ts'
import { judgeNames } from '../name-check.ts'
import type { ReadStack } from '../stack-resource.ts'
import type { CloudflareApi } from './api.ts'

/** The names of a deployment, each unique in the account. */
export interface CloudflareNeeds {
  readonly bucket: string
  readonly isAdopted: boolean
  readonly workers: readonly string[]
  readonly queue: string
  readonly deadLetterQueue: string
  /** The id of the existing queue that the deployment takes over. */
  readonly adoptedQueue?: string
  readonly readStack: ReadStack
}

interface Buckets {
  readonly buckets?: readonly { readonly name: string }[]
}

interface Queue {
  readonly queue_id: string
  readonly queue_name: string
}

const ANOTHER_BUCKET = 'Choose another name for bucket, or set adopt: { bucket: true } to take it over.'
const ANOTHER_ENVIRONMENT = 'If a Worker is not yours, give the environment another name: a deployment overwrites it.'
const ANOTHER_QUEUE = 'Choose another name for queue, or set adopt: { queueId } to take it over.'

/** Checks that the names are free, or belong to this environment. */
export function nameChecks(needs: CloudflareNeeds, api: Pick<CloudflareApi, 'get'>): readonly Check[] {
  const { bucket, isAdopted, workers, readStack } = needs
  /** The provider's ids: a bucket's and a Worker's is its name. */
  const ownIds = async (type: string) =>
    (await readStack())?.filter((one) => one.type.endsWith(`:${type}`)).map(({ id }) => id)
  return [
    {
      name: 'bucket name',
      adviceOnError: 'Switch R2 on in the dashboard, and give the token Workers R2 Storage Write.',
      async run() {
        const { buckets = [] } = await api.get<Buckets>('/r2/buckets?per_page=1000')
        const exists = buckets.some(({ name }) => name === bucket)
        const isOwn = (await ownIds('R2Bucket'))?.includes(bucket)
        return judgeNames([{ name: bucket, exists, isOwn, isAdopted }], ANOTHER_BUCKET)
      },
    },
    {
      name: 'Workers',
      adviceOnError: 'Give the token Workers Scripts Write.',
      async run() {
        const present = await api.get<readonly { readonly id: string }[]>('/workers/scripts')
        const own = await ownIds('WorkersScript')
        const judged = workers.map((name) => ({
          name,
          exists: present.some(({ id }) => id === name),
          isOwn: own?.includes(name),
        }))
        return judgeNames(judged, ANOTHER_ENVIRONMENT)
      },
    },
    {
      name: 'queues',
      adviceOnError: 'Give the token Queues Write.',
      run: async () => judgeQueues(needs, await api.get<readonly Queue[]>('/queues'), await ownIds('Queue')),
    },
  ]
}

function judgeQueues(
  { queue, deadLetterQueue, adoptedQueue }: CloudflareNeeds,
  present: readonly Queue[],
  own: readonly string[] | undefined,
) {
  const idOf = (name: string) => present.find(({ queue_name }) => queue_name === name)?.queue_id
  const judged = [queue, deadLetterQueue].map((name) => {
    const id = idOf(name)
    const mayAdopt = name === queue && adoptedQueue !== undefined
    const isOwn = id === undefined ? false : own?.includes(id)
    return { name, exists: id !== undefined, isOwn, isAdopted: mayAdopt && (id === undefined || id === adoptedQueue) }
  })
  return judgeNames(judged, ANOTHER_QUEUE)
}
