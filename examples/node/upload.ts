import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { createUplink } from '@ckan-uplink/client'

const [gateway = '', dataset = '', path = ''] = process.argv.slice(2)
const uplink = createUplink({ gateway, token: process.env['CKAN_API_TOKEN'] })

const file = await openAsBlob(path) // in a browser: the File of an <input>
const { id, resource } = await uplink.upload(file, { dataset, name: basename(path), checksum: true })
await uplink.waitFor(id, 'linked') // throws the reason if CKAN will never show the file
console.log(await uplink.action('resource_show', { id: resource }))
