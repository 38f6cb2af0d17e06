/* Sends a file in parts while CKAN's form is filled in. The page after the saved form completes the upload. */
;(() => {
  const PENDING = 'uplink-pending'

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
    const message = said.error?.message ?? said.error ?? `${answer.status} ${answer.statusText}`
    throw Object.assign(new Error(message), { status: answer.status })
  }

  const askForGrant = (url, wanted) => post(url, wanted, { 'X-CSRFToken': csrfToken() })

  /** The gateway serves the web component: parts at once, pause, and an upload that a later visit continues. */
  const createUploader = async (gateway, person) => {
    await import(`${gateway}/widget.js`)
    const uploader = document.createElement('ckan-uplink')
    if (uploader.goOn === undefined)
      throw new Error('The gateway is too old for this form: deploy its present version.')
    uploader.setAttribute('gateway', gateway)
    uploader.setAttribute('person', person)
    // CKAN's theme has no dark colours.
    uploader.setAttribute('theme', 'light')
    return uploader
  }

  /** The form as the web component needs it. The first grant comes with the statement about the form. */
  const formOf = ({ uplinkGrant: url, uplinkResource: resource, uplinkDataset: dataset }) => {
    const first = new Map()
    return {
      place: resource || `new ${dataset}`,
      begin: async () => {
        const given = await askForGrant(url, { scope: 'upload', ...(resource ? { resource } : { dataset }) })
        first.set(given.form, given.grant)
        return given
      },
      getGrant: async (form) => {
        const grant = first.get(form)
        first.delete(form)
        return grant ?? (await askForGrant(url, { scope: 'upload', form })).grant
      },
    }
  }

  const complete = async ({ url, field }) => {
    const [form, upload] = field.split(' ')
    const given = await askForGrant(url, { scope: 'complete', form, upload })
    await post(`${given.gateway}/api/3/action/upload_complete`, { id: upload }, { Authorization: given.grant })
  }

  /** CKAN gives the grant only if it has saved the form. If the form came back with an error, the next save asks. */
  const completePending = async () => {
    const isShownAgain = document.querySelector('input[name="uplink_upload"]')?.value
    if (isShownAgain) sessionStorage.removeItem(PENDING)
    const pending = sessionStorage.getItem(PENDING)
    if (pending === null) return
    await complete(JSON.parse(pending))
    sessionStorage.removeItem(PENDING)
  }

  /** Names the resource as its file, unless the person did. */
  const createNaming = (name) => {
    let own = ''
    return (file) => {
      if (name?.value === '' || name?.value === own) name.value = own = file
    }
  }

  const ENDED = ['ready', 'paused', 'failed', 'cancelled']

  /** Lets saves of the form wait for the file. Returns what begins with the web component. */
  const guard = (form, block) => {
    const [status, field] = [block.querySelector('[role=status]'), block.querySelector('[name=uplink_upload]')]
    const nameAs = createNaming(form.querySelector('[name=name]'))
    /** The button of a save that waits for the file. */
    let waiting
    let isReleased = false
    let uploader

    const onChange = ({ detail: { state, name, form: signed, upload } }) => {
      const submitter = waiting
      if (ENDED.includes(state)) waiting = undefined
      isReleased = false
      block.querySelector('.uplink-without').hidden = true
      field.value = ''
      status.textContent = waiting === undefined ? '' : block.dataset.uplinkWaits
      if (state !== 'ready') return
      field.value = `${signed} ${upload}`
      nameAs(name)
      if (submitter !== undefined) form.requestSubmit(submitter)
    }

    const onSubmit = (event) => {
      const hold = () => {
        event.preventDefault()
        event.stopImmediatePropagation()
      }
      if (uploader?.goOn()) {
        // A form is a navigation, which ends every request of the page.
        hold()
        waiting = event.submitter
        status.textContent = block.dataset.uplinkWaits
      } else if (field.value && !isReleased) {
        hold()
        isReleased = true
        sessionStorage.setItem(PENDING, JSON.stringify({ url: block.dataset.uplinkGrant, field: field.value }))
        const released = uploader?.release() ?? Promise.resolve()
        // A form does not take a submission during the event of another one.
        released.finally(() => setTimeout(() => form.requestSubmit(event.submitter)))
      }
    }
    // Before CKAN's own listener, which disables the buttons of a form that is sent.
    form.addEventListener('submit', onSubmit, { capture: true })
    return (created) => {
      uploader = created
      uploader.addEventListener('uplink-change', onChange)
    }
  }

  /** The new web component does not know the file of a form that came back. */
  const offerBack = (block, message) => {
    const [status, field] = [block.querySelector('[role=status]'), block.querySelector('[name=uplink_upload]')]
    const without = block.querySelector('.uplink-without')
    status.textContent = message
    without.hidden = false
    without.addEventListener('click', () => {
      field.value = status.textContent = ''
      without.hidden = true
    })
  }

  const setUp = async (block) => {
    const { uplinkGateway, uplinkPerson, uplinkReady, uplinkFailed } = block.dataset
    const status = block.querySelector('[role=status]')
    const begin = guard(block.closest('form'), block)
    block.closest('.form-actions')?.before(block)
    block.hidden = false
    if (block.querySelector('[name=uplink_upload]').value) offerBack(block, uplinkReady)
    try {
      const uploader = await createUploader(uplinkGateway, uplinkPerson)
      uploader.form = formOf(block.dataset)
      begin(uploader)
      block.querySelector('.uplink-place').append(uploader)
    } catch (error) {
      status.textContent = `${uplinkFailed}: ${error.message}`
    }
  }

  const start = () => {
    for (const block of document.querySelectorAll('.uplink-upload')) void setUp(block)
    completePending().catch((error) => console.warn(error))
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
  else start()
})()
