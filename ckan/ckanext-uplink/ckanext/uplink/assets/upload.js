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

  /** A grant for each request, and another one before it can expire. Parts go at once, so they share the question. */
  const renewing = (url, { grant, form }) => {
    let given = Promise.resolve(grant)
    let givenAt = Date.now()
    return () => {
      if (Date.now() - givenAt > RENEW_AFTER_MS) {
        givenAt = Date.now()
        given = askForGrant(url, { scope: 'upload', form }).then((renewed) => renewed.grant)
        given.catch(() => {
          givenAt = 0
        })
      }
      return given
    }
  }

  /** The gateway serves the client that its web component has too: parts at once, and again after a failure. */
  const clientOf = async (gateway) => {
    const { createUplink } = await import(`${gateway}/widget.js`)
    if (createUplink) return createUplink
    throw new Error('The gateway is too old for this form: deploy its present version.')
  }

  const send = async (file, url, place, onProgress) => {
    const given = await askForGrant(url, { scope: 'upload', ...place })
    const createUplink = await clientOf(given.gateway)
    const { id } = await createUplink({ gateway: given.gateway, token: renewing(url, given) }).upload(file, {
      resource: given.resource,
      multipart: true,
      complete: false,
      onProgress: ({ sent, total }) => onProgress(sent / total),
    })
    return `${given.form} ${id}`
  }

  const complete = async ({ url, field }) => {
    const [form, upload] = field.split(' ')
    const given = await askForGrant(url, { scope: 'complete', form, upload })
    await post(`${given.gateway}/api/3/action/upload_complete`, { id: upload }, { Authorization: given.grant })
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
