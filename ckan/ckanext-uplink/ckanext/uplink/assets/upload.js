/* Sends a file in parts while CKAN's form is filled in. The page after the saved form completes the upload. */
;(() => {
  const PENDING = 'uplink-pending'
  /** The store keeps parts for so long. */
  const WEEK_MS = 7 * 86_400_000
  /** What every page of a signed-in person says. */
  const site = () => document.getElementById('uplink-site')?.dataset ?? {}

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

  const complete = async (url, wanted, upload) => {
    const given = await askForGrant(url, wanted)
    await post(`${given.gateway}/api/3/action/upload_complete`, { id: upload }, { Authorization: given.grant })
  }

  const readPending = () => JSON.parse(sessionStorage.getItem(PENDING))
  const toComplete = ({ field }) => {
    const [form, upload] = field.split(' ')
    return { scope: 'complete', form, upload }
  }

  /**
   * CKAN gives the grant only if it has saved the form. If the form came back with an error, the next save asks. Returns
   * the resource of a form that was saved before its file had arrived.
   */
  const completePending = async () => {
    const isShownAgain = document.querySelector('input[name="uplink_upload"]')?.value
    if (isShownAgain) sessionStorage.removeItem(PENDING)
    const pending = readPending()
    if (pending === null) return undefined
    const wanted = toComplete(pending)
    const left = pending.left && (await noteSaved(pending))
    if (!pending.left) await complete(pending.url, wanted, wanted.upload)
    sessionStorage.removeItem(PENDING)
    return left
  }

  /** Forms that CKAN saved before their file had arrived, by the resource. Each person of the browser has a list. */
  const keyOfSaved = () => `uplink-saved ${site().uplinkPerson}`
  const readSaved = () => {
    const all = Object.entries(JSON.parse(localStorage.getItem(keyOfSaved())) ?? {})
    return Object.fromEntries(all.filter(([, { at }]) => Date.now() - at < WEEK_MS))
  }
  const writeSaved = (resource, note) =>
    localStorage.setItem(keyOfSaved(), JSON.stringify({ ...readSaved(), [resource]: note }))

  const noteSaved = async ({ url, field, left }) => {
    try {
      await askForGrant(url, toComplete({ field }))
    } catch (error) {
      // CKAN has not saved the form, so the form itself offers the file again.
      if (error.status === 404) return undefined
      throw error
    }
    writeSaved(left.resource, { url, field, ...left, at: Date.now() })
    return left.resource
  }

  /** Continues the file of a form that CKAN has saved already. */
  const showSaved = async (resource) => {
    const { [resource]: note } = readSaved()
    if (note === undefined) return
    const { url, field, place, gateway } = note
    const wanted = toComplete(note)
    const uploader = await createUploader(gateway, site().uplinkPerson)
    uploader.form = {
      ...formOf({ uplinkGrant: url, uplinkResource: resource }),
      place: `saved ${resource}`,
      saved: { place, upload: wanted.upload },
      // When the parts are gone, the file is sent as another upload, which no form names.
      complete: (form, upload) =>
        complete(url, field === `${form} ${upload}` ? wanted : { scope: 'upload', form }, upload),
    }
    const block = document.createElement('section')
    block.className = 'uplink-saved bg-white p-3 mb-3'
    block.append(uploader)
    const end = () => writeSaved(resource, undefined)
    uploader.addEventListener('uplink-arrived', end)
    uploader.addEventListener('uplink-forgotten', () => {
      end()
      block.remove()
    })
    const flash = document.querySelector('.flash-messages')
    if (flash) flash.after(block)
    else document.querySelector('[role=main]').prepend(block)
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
    const now = block.querySelector('.uplink-now')
    const bar = document.createElement('progress')
    bar.className = 'ms-2'
    /** The button of a save that waits for the file. */
    let waiting
    let isReleased = false
    let hasBegun = false
    let uploader

    const wait = (submitter) => {
      waiting = submitter
      status.textContent = block.dataset.uplinkWaits
      submitter?.append(bar)
      submitter?.after(now)
      now.hidden = !hasBegun
    }
    const stopWaiting = () => {
      waiting = undefined
      bar.remove()
      now.hidden = true
    }
    const remember = (more) => {
      isReleased = true
      sessionStorage.setItem(PENDING, JSON.stringify({ url: block.dataset.uplinkGrant, field: field.value, ...more }))
    }

    /** The form names its file before it has arrived. The next page continues it. */
    const saveNow = () => {
      const submitter = waiting
      const left = uploader.leave()
      if (left === undefined) return
      stopWaiting()
      status.textContent = ''
      field.value = `${left.form} ${left.upload}`
      nameAs(left.name)
      const { place } = uploader.form
      remember({ left: { resource: left.resource, place, gateway: block.dataset.uplinkGateway } })
      form.requestSubmit(submitter)
    }
    now.addEventListener('click', saveNow)

    const onProgress = ({ detail: { sent, size } }) => {
      hasBegun = true
      bar.value = size === 0 ? 1 : sent / size
      now.hidden = waiting === undefined
    }

    const onChange = ({ detail: { state, name, form: signed, upload } }) => {
      const submitter = waiting
      if (ENDED.includes(state)) stopWaiting()
      if (state === 'waiting') hasBegun = false
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
      if (!isReleased && uploader?.goOn()) {
        // A form is a navigation, which ends every request of the page.
        hold()
        wait(event.submitter)
      } else if (field.value && !isReleased) {
        hold()
        remember()
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
      uploader.addEventListener('uplink-progress', onProgress)
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
    const field = block.querySelector('[name=uplink_upload]')
    const pending = readPending()
    // The file of a form that came back is ready, unless the form was sent before the file had arrived.
    if (pending?.left && pending.field === field.value) field.value = ''
    if (field.value) offerBack(block, uplinkReady)
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
    completePending()
      .catch((error) => console.warn(error))
      .then((landed) => showSaved(landed ?? site().uplinkResource))
      .catch((error) => console.warn(error))
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
  else start()
})()
