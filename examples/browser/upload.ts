import { createUplink } from '@ckan-uplink/client'

const form = document.querySelector('form')
const output = document.querySelector('output')
const bar = document.querySelector('progress')

form?.addEventListener('submit', (event) => {
  event.preventDefault()
  upload(new FormData(form)).then(say, (error: Error) => say(error.message))
})

/** Uploads the chosen file to a new resource of the dataset. */
async function upload(fields: FormData): Promise<string> {
  const text = (name: string) => String(fields.get(name))
  const uplink = createUplink({ gateway: text('gateway'), token: text('token') })
  const { id, resource } = await uplink.upload(fields.get('file') as File, {
    dataset: text('dataset'),
    checksum: true,
    onProgress({ sent, total }) {
      if (bar) bar.value = total === 0 ? 1 : sent / total
    },
  })
  say('The file has arrived. CKAN will show it in a moment.')
  await uplink.waitFor(id, 'linked')
  return `CKAN shows the file in resource ${resource}.`
}

function say(message: string): void {
  if (output) output.value = message
}
