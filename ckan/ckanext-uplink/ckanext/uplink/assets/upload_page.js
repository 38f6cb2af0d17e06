/* Puts the web component into the plugin's page. CKAN's session signs the person in, so the page holds no token. */
;(() => {
  const place = document.getElementById('uplink-page')

  const csrfIn = (page) => {
    const name = page.querySelector('meta[name="csrf_field_name"]')?.content ?? '_csrf_token'
    return page.querySelector(`meta[name="${name}"]`)?.content ?? ''
  }
  let csrf = csrfIn(document)

  /** Another session began in another tab: its pages have another CSRF token. */
  const renewCsrf = async () => {
    const answer = await fetch(location.href, { credentials: 'same-origin' })
    csrf = csrfIn(new DOMParser().parseFromString(await answer.text(), 'text/html'))
    if (answer.redirected) throw new Error(place.dataset.uplinkLoggedOut)
  }

  const send = (url, body) =>
    fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf },
      body: JSON.stringify(body),
    })

  const messageOf = ({ error }, { status, statusText }) => {
    if (typeof error === 'string') return error
    const { message, __type, ...fields } = error ?? {}
    return message ?? (Object.keys(fields).length > 0 ? JSON.stringify(fields) : `${status} ${statusText}`)
  }

  const post = async (url, body) => {
    let answer = await send(url, body)
    if ([400, 401, 403].includes(answer.status)) {
      await renewCsrf()
      answer = await send(url, body)
    }
    const said = await answer.json().catch(() => ({}))
    if (!answer.ok) throw new Error(messageOf(said, answer))
    return said
  }

  const start = async () => {
    await customElements.whenDefined('ckan-uplink')
    const { uplinkGateway, uplinkPerson, uplinkDataset, uplinkResource, uplinkGrant, uplinkAction } = place.dataset
    const uploader = document.createElement('ckan-uplink')
    uploader.setAttribute('gateway', uplinkGateway)
    // CKAN's theme has no dark colours.
    uploader.setAttribute('theme', 'light')
    uploader.setAttribute('person', uplinkPerson)
    if (uplinkResource) uploader.setAttribute('resource', uplinkResource)
    else uploader.setAttribute('dataset', uplinkDataset)
    uploader.session = {
      action: async (name, params) => (await post(`${uplinkAction}${name}`, params)).result,
      getGrant: async (resource) => (await post(uplinkGrant, { scope: 'upload', resource })).grant,
    }
    place.append(uploader)
  }
  if (place) void start()
})()
