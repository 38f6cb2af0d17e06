/* The field for a file in CKAN's form: sends the parts of the file while a person fills in the form. */
;(() => {
  const { createUploader, formOf, pending } = window.ckanUplink

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
    let hasFailed = false
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
      pending.add({ url: block.dataset.uplinkGrant, field: field.value, ...more })
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
      hasFailed = state === 'failed'
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
      if (hasFailed) {
        // The person still wants the file, and would not notice that the form went without it.
        hold()
        status.textContent = block.dataset.uplinkUnsent
        status.scrollIntoView({ block: 'center' })
      } else if (!isReleased && uploader?.goOn()) {
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
    // The file of a form that came back is ready, unless the form was sent before the file had arrived.
    if (pending.all().some((note) => note.left && note.field === field.value)) field.value = ''
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

  window.ckanUplink.setUpForm = setUp
})()
