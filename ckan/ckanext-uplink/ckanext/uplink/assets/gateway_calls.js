/* What the scripts of CKAN's pages share: the calls to CKAN and to the gateway, and the web component. */
window.ckanUplink = (() => {
  /** What every page of a signed-in person says. */
  const site = () => document.getElementById('uplink-site')?.dataset ?? {}

  const csrfIn = (page) => {
    const name = page.querySelector('meta[name="csrf_field_name"]')?.content ?? '_csrf_token'
    return page.querySelector(`meta[name="${name}"]`)?.content ?? ''
  }
  let csrf = csrfIn(document)

  /** Another session began in another tab: its pages have another CSRF token. */
  const renewCsrf = async () => {
    const answer = await fetch(location.href, { credentials: 'same-origin' })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (page.getElementById('uplink-site') === null)
      throw Object.assign(new Error(site().uplinkLoggedOut), { status: 401 })
    csrf = csrfIn(page)
  }

  /** Validation errors have texts by field. */
  const messageOf = (error, { status, statusText }) => {
    if (typeof error === 'string') return error
    const { message, __type, ...fields } = error ?? {}
    return message ?? (Object.values(fields).flat().join(' ') || `${status} ${statusText}`)
  }

  const post = async (url, body, headers) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const said = await answer.json().catch(() => ({}))
    if (answer.ok) return said
    throw Object.assign(new Error(messageOf(said.error, answer)), { status: answer.status })
  }

  /** Asks CKAN by the session, also by one that began in another tab. */
  const askCkan = async (url, body) => {
    try {
      return await post(url, body, { 'X-CSRFToken': csrf })
    } catch (error) {
      if (![400, 401, 403].includes(error.status)) throw error
      await renewCsrf()
      return post(url, body, { 'X-CSRFToken': csrf })
    }
  }

  /** The gateway serves the web component: parts at once, pause, and an upload that a later visit continues. */
  const createUploader = async (gateway, person) => {
    await import(`${gateway}/widget.js`)
    const uploader = document.createElement('ckan-uplink')
    if (uploader.goOn === undefined) throw new Error(site().uplinkTooOld)
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
        const given = await askCkan(url, { scope: 'upload', ...(resource ? { resource } : { dataset }) })
        first.set(given.form, given.grant)
        return given
      },
      getGrant: async (form) => {
        const grant = first.get(form)
        first.delete(form)
        return grant ?? (await askCkan(url, { scope: 'upload', form })).grant
      },
    }
  }

  /**
   * The uploads of forms that this tab has sent. The next page takes them over. When the person leaves it too early, the
   * page after it does. A form that CKAN never saved is forgotten after an hour.
   */
  const PENDING = 'uplink-pending-forms'
  const HOUR_MS = 3_600_000
  const writePending = (notes) => sessionStorage.setItem(PENDING, JSON.stringify(notes))
  const pending = {
    all: () => (JSON.parse(sessionStorage.getItem(PENDING)) ?? []).filter(({ at }) => Date.now() - at < HOUR_MS),
    add: (note) => {
      pending.remove(note.field)
      writePending([...pending.all(), { ...note, at: Date.now() }])
    },
    remove: (field) => writePending(pending.all().filter((note) => note.field !== field)),
  }

  return { site, post, askCkan, createUploader, formOf, pending }
})()
