import { createUplink } from '@ckan-uplink/client'

/** Uploads the file of an `<input>` to a new resource of a dataset; gives its id once CKAN shows the file. */
export async function upload(file: File, dataset: string, token: string): Promise<string> {
  const uplink = createUplink({ gateway: 'https://uploads.example.org', token })
  const { id, resource } = await uplink.upload(file, {
    dataset,
    checksum: true,
    onProgress: ({ sent, total }) => console.log(`${sent} of ${total} bytes`),
  })
  await uplink.waitFor(id, 'linked') // throws the reason if CKAN will never show the file
  return resource
}
