import { createAuthorizer, createCkanClient } from '@ckan-uplink/ckan'

const [url = '', resourceId = '', token = ''] = process.argv.slice(2)
const client = createCkanClient({ url, concurrency: 4, timeoutMs: 20_000 })

const authorizer = createAuthorizer(client)
const resource = await authorizer.showResource(resourceId, token)
console.log(await authorizer.mayUpdate(token, resource)) // asks CKAN; changes nothing there
