/* Puts the web component into the plugin's page. CKAN's session signs the person in, so the page holds no token. */
;(() => {
  const place = document.getElementById('uplink-page')

  const start = async () => {
    await customElements.whenDefined('ckan-uplink')
    const { askCkan } = window.ckanUplink
    const { uplinkGateway, uplinkPerson, uplinkDataset, uplinkResource, uplinkGrant, uplinkAction } = place.dataset
    const uploader = document.createElement('ckan-uplink')
    uploader.setAttribute('gateway', uplinkGateway)
    // CKAN's theme has no dark colours.
    uploader.setAttribute('theme', 'light')
    uploader.setAttribute('person', uplinkPerson)
    if (uplinkResource) uploader.setAttribute('resource', uplinkResource)
    else uploader.setAttribute('dataset', uplinkDataset)
    uploader.session = {
      action: async (name, params) => (await askCkan(`${uplinkAction}${name}`, params)).result,
      getGrant: async (resource) => (await askCkan(uplinkGrant, { scope: 'upload', resource })).grant,
    }
    place.append(uploader)
  }
  if (place) void start()
})()
