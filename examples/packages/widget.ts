import '@ckan-uplink/widget'

/** Adds an uploader to a page. `askToken` gives a token of CKAN, and is called again before it can expire. */
export function addUploader(page: HTMLElement, dataset: string, askToken: () => Promise<string>): void {
  const uploader = document.createElement('ckan-uplink')
  uploader.setAttribute('gateway', 'https://uploads.example.org')
  uploader.setAttribute('dataset', dataset)
  uploader.getToken = askToken
  uploader.addEventListener('uplink-linked', () => console.log('CKAN shows the file.'))
  page.append(uploader)
}
