import { createHmac } from 'node:crypto'
import { DATASET_ID, GATEWAY, OWNER_ORG, type startGateway } from './gateway-fixture.ts'

/** A question of the gateway, as CKAN's plugin reads it. */
export interface Asked {
  readonly iss: string
  readonly exp: number
  readonly sub: string
  readonly dataset?: string
  readonly resource?: string
  readonly create?: { readonly id: string; readonly name: string }
}

/** CKAN's plugin: emma may change the dataset until `refuse` says why not. */
export function createPluginStandIn(secret: string) {
  const asked: Asked[] = []
  let resources: ReturnType<typeof startGateway>['resources'] = new Map()
  let refusal: object | undefined
  let status = 200
  let aboutFiles: object = { allowed: false, reason: 'user' }

  function answer({ sub, dataset, resource, create }: Asked): object {
    if (refusal !== undefined) return { allowed: false, ...refusal }
    if (sub !== 'emma') return { allowed: false, reason: 'user' }
    const id = create?.id ?? resource
    const shown = id === undefined ? undefined : resources.get(id)
    if ((dataset ?? DATASET_ID) !== DATASET_ID || (resource !== undefined && shown === undefined))
      return { allowed: false, reason: 'place' }
    const place = { allowed: true, user: sub, dataset: DATASET_ID, title: 'Air quality', owner_org: OWNER_ORG }
    const { url = '', lastModified = null, format = '', size = null } = shown ?? {}
    return { ...place, resource: id ?? null, resource_name: 'Ozone', size, url, last_modified: lastModified, format }
  }

  const send: typeof fetch = async (input, init) => {
    const isFile = String(input).endsWith('/uplink/check-file')
    if (!isFile && !String(input).endsWith('/uplink/check')) throw new Error(`CKAN got ${String(input)}.`)
    const [head = '', body = '', signature] = String(JSON.parse(String(init?.body)).request).split('.')
    const { alg, typ } = JSON.parse(Buffer.from(head, 'base64url').toString())
    const isSigned = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url') === signature
    if (alg !== 'HS256' || typ !== 'uplink-check+jwt' || !isSigned)
      return Response.json({ error: 'This gateway has not signed the request.' }, { status: 403 })
    const question: Asked = JSON.parse(Buffer.from(body, 'base64url').toString())
    const isFresh = question.exp > Date.parse('2026-01-31T11:00:00Z') / 1000
    if (question.iss !== GATEWAY || !isFresh) throw new Error('The question is not for this CKAN now.')
    asked.push(question)
    if (isFile && status === 200) return Response.json(aboutFiles)
    return status === 200 ? Response.json(answer(question)) : new Response('<html>', { status })
  }

  return {
    send,
    asked,
    /** The resources of CKAN. */
    show(present: typeof resources) {
      resources = present
    },
    /** Answers questions about files without a resource so from now on. */
    allowFile(said: object) {
      aboutFiles = said
    },
    /** Answers so from now on. `undefined`: as before. */
    refuse(words: object | undefined) {
      refusal = words
    },
    /** A proxy before CKAN answers so from now on. */
    fail(answered: number) {
      status = answered
    },
  }
}
