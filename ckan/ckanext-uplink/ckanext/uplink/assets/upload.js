/* Sends a file in parts while CKAN's form is filled in. The next page completes the upload once CKAN has saved the form. */
;(() => {
  const PENDING = 'uplink-pending'
  const RENEW_AFTER_MS = 4 * 60 * 1000

  const csrfToken = () => {
    const name = document.querySelector('meta[name="csrf_field_name"]')?.content ?? '_csrf_token'
    return document.querySelector(`meta[name="${name}"]`)?.content ?? ''
  }

  const post = async (url, body, headers) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const said = await answer.json().catch(() => ({}))
    if (answer.ok) return said
    throw new Error(said.error?.message ?? said.error ?? `${answer.status} ${answer.statusText}`)
  }

  const askForGrant = (url, wanted) => post(url, wanted, { 'X-CSRFToken': csrfToken() })

  const act = async ({ gateway, grant }, action, fields) =>
    (await post(`${gateway}/api/3/action/${action}`, fields, { Authorization: grant })).result

  /** Only XMLHttpRequest reports how much of a body is sent. */
  const put = ({ url, headers }, body, onProgress) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open('PUT', url)
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
      request.upload.onprogress = ({ loaded }) => onProgress(loaded)
      request.onload = () =>
        request.status < 300 ? resolve() : reject(new Error(`The store answered ${request.status}.`))
      request.onerror = () => reject(new Error('The store cannot be reached.'))
      request.send(body)
    })

  const send = async (file, url, place, onProgress) => {
    let given = await askForGrant(url, { scope: 'upload', ...place })
    let givenAt = Date.now()
    const { upload } = await act(given, 'resource_upload', {
      id: given.resource,
      name: file.name,
      size: file.size,
      multipart: true,
    })
    for (let number = 1; number <= upload.part_count; number += 1) {
      if (Date.now() - givenAt > RENEW_AFTER_MS) {
        given = await askForGrant(url, { scope: 'upload', form: given.form })
        givenAt = Date.now()
      }
      const { parts } = await act(given, 'upload_sign_parts', { id: upload.id, part_numbers: [number] })
      const start = (number - 1) * upload.part_size
      await put(parts[0], file.slice(start, start + upload.part_size), (sent) => onProgress((start + sent) / file.size))
    }
    return `${given.form} ${upload.id}`
  }

  const complete = async ({ url, field }) => {
    const [form, upload] = field.split(' ')
    const given = await askForGrant(url, { scope: 'complete', form, upload })
    await act(given, 'upload_complete', { id: upload })
  }

  /** The form may have come back with an error: then its page still has the field, and nothing is saved. */
  const completePending = async () => {
    const pending = sessionStorage.getItem(PENDING)
    const isShownAgain = document.querySelector('input[name="uplink_upload"]')?.value
    if (pending === null || isShownAgain) return
    await complete(JSON.parse(pending))
    sessionStorage.removeItem(PENDING)
  }

  const setUp = (block) => {
    const form = block.closest('form')
    const find = (selector) => block.querySelector(selector)
    const [input, bar, status] = [find('input[type=file]'), find('progress'), find('[role=status]')]
    const field = find('[name=uplink_upload]')
    const { uplinkGrant: url, uplinkResource: resource, uplinkDataset: dataset } = block.dataset
    let sending
    block.closest('.form-actions')?.before(block)
    block.hidden = false
    if (field.value) status.textContent = block.dataset.uplinkReady

    const show = (share) => {
      bar.value = share
      status.textContent = `${Math.floor(share * 100)} %`
    }
    const begin = async (file) => {
      field.value = ''
      bar.hidden = false
      show(0)
      try {
        field.value = await send(file, url, resource ? { resource } : { dataset }, show)
        status.textContent = block.dataset.uplinkReady
        const name = form.querySelector('[name=name]')
        if (name && !name.value) name.value = file.name
      } catch (error) {
        bar.hidden = true
        status.textContent = `${block.dataset.uplinkFailed}: ${error.message}`
        throw error
      } finally {
        sending = undefined
      }
    }
    input.addEventListener('change', () => {
      const file = input.files[0]
      if (!file) return
      sending = begin(file)
      sending.catch(() => {})
    })
    form.addEventListener('submit', (event) => {
      if (sending) {
        // A form is a navigation, which ends every request of the page.
        event.preventDefault()
        event.stopImmediatePropagation()
        sending.then(
          () => form.requestSubmit(event.submitter),
          () => {},
        )
      } else if (field.value) sessionStorage.setItem(PENDING, JSON.stringify({ url, field: field.value }))
    })
    window.addEventListener('beforeunload', (event) => {
      if (sending) event.preventDefault()
    })
  }

  const start = () => {
    for (const block of document.querySelectorAll('.uplink-upload')) setUp(block)
    completePending().catch((error) => console.warn(error))
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
  else start()
})()
