/* The page after a saved form: completes the upload of the form, or continues its file. */
;(() => {
  const { site, post, askCkan, createUploader, formOf, pending, setUpForm } = window.ckanUplink
  /** The store keeps parts for so long. */
  const WEEK_MS = 7 * 86_400_000

  const complete = async (url, wanted, upload) => {
    const given = await askCkan(url, wanted)
    await post(`${given.gateway}/api/3/action/upload_complete`, { id: upload }, { Authorization: given.grant })
  }

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
    if (isShownAgain) pending.remove(isShownAgain)
    const landed = await Promise.all(pending.all().map((note) => takeOver(note).catch((error) => fail(note, error))))
    return landed.findLast((resource) => resource !== undefined)
  }

  const takeOver = async (note) => {
    const wanted = toComplete(note)
    const left = note.left && (await noteSaved(note))
    if (!note.left) await complete(note.url, wanted, wanted.upload)
    pending.remove(note.field)
    return left
  }

  const warn = (error) => void console.warn(error)

  /** The gateway refuses the file for good. Without another attempt, nothing else would tell the person. */
  const fail = (note, error) => {
    warn(error)
    if (error.status !== 409) return
    pending.remove(note.field)
    const alert = document.createElement('div')
    alert.className = 'alert alert-danger'
    alert.setAttribute('role', 'alert')
    alert.textContent = `${site().uplinkFailed}: ${error.message}`
    show(alert)
  }

  /** Above the content of the page. */
  const show = (block) => {
    const flash = document.querySelector('.flash-messages')
    if (flash) flash.after(block)
    else document.querySelector('[role=main]').prepend(block)
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
      await askCkan(url, toComplete({ field }))
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
    block.setAttribute('aria-label', site().uplinkSaved)
    block.append(uploader)
    const end = () => writeSaved(resource, undefined)
    uploader.addEventListener('uplink-arrived', end)
    uploader.addEventListener('uplink-forgotten', () => {
      end()
      block.remove()
    })
    show(block)
  }

  const start = () => {
    for (const block of document.querySelectorAll('.uplink-upload')) void setUpForm(block)
    completePending()
      .then((landed) => showSaved(landed ?? site().uplinkResource))
      .catch(warn)
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
  else start()
})()
