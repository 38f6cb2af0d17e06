import { EDITOR, PUBLIC_ID, startGateway } from './gateway-fixture.ts'
import { answerJson, startScriptedCkan } from './scripted-ckan.ts'

export const OF_CKAN = { success: true, result: { id: 'from CKAN' } }
export const CKAN_ID = '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10'

const servers: { close(): Promise<void> }[] = []

/** Stops the CKANs of all gateways. */
export async function closeServers(): Promise<void> {
  for (const server of servers.splice(0)) await server.close()
}

const nameIn = (path: string): string => path.split('/').at(-1) ?? ''

/** A gateway before a CKAN that answers every action, except for those of the files API that it lacks. */
export async function startBeforeFiles(filesStorage = 'uplink', lacks: readonly string[] = []) {
  const ckan = await startScriptedCkan(({ path, body }, response) => {
    const action = nameIn(path)
    if (lacks.includes(action)) answerJson(response, 400, `Bad request - Action name not known: ${action}`)
    else if (body.toString() === '{}') answerJson(response, 409, { success: false })
    else answerJson(response, 200, OF_CKAN)
  })
  servers.push(ckan)
  const gateway = startGateway({
    settings: { ckanUrl: ckan.url, ...(filesStorage !== '' && { filesStorage }) },
  })
  /** What CKAN got after the question for its API. */
  const got = () => ckan.seen.filter(({ body }) => body.toString() !== '{}')
  const passed = () => got().map(({ path }) => nameIn(path))
  /** The upload of a new file. */
  const begin = async (fields: object = {}, token = EDITOR) =>
    gateway.act('files_resource_upload', { resource_id: PUBLIC_ID, name: 'a b.csv', ...fields }, token)
  return { ...gateway, ckan, got, passed, begin }
}
