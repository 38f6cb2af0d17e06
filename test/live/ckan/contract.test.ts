import { mkdir, writeFile } from 'node:fs/promises'
import {
  type CkanSubject,
  describeAddResources,
  describeAuthorizer,
  describeCatalog,
  describeCkanBehaviour,
  describeDatasetLister,
  describeFileRegistry,
  describeImages,
  describeViews,
  type FilesOfCkan,
} from '@ckan-uplink/testing/contracts'
import { home } from '../../../scripts/ckan/paths.ts'
import { liveSites, liveSitesNamed, type Site } from '../support/sites.ts'

for (const site of liveSites()) {
  const { version, url, organization, tokens, xloader = false } = site
  const start = async (): Promise<CkanSubject> => ({
    version,
    url,
    organization,
    tokens,
    xloader,
    close: async () => {},
  })
  describeCkanBehaviour(`CKAN ${site.name}`, start)
  describeCatalog(`CKAN ${site.name}`, start)
  describeAuthorizer(`CKAN ${site.name}`, start)
  describeAddResources(`CKAN ${site.name}`, start)
  describeImages(`CKAN ${site.name}`, start)
  describeDatasetLister(`CKAN ${site.name}`, start)
  describeViews(`CKAN ${site.name}`, start)
}

for (const site of liveSitesNamed('2.11-files', '2.12'))
  describeFileRegistry(`CKAN ${site.name}`, async () => ({ ...site, files: filesOf(site), close: async () => {} }))

/** The storage of a site is a folder of this machine. */
function filesOf({ name }: Site): FilesOfCkan {
  const folder = `${home}/sites/${name}/files`
  return {
    api: name === '2.12' ? 'core' : 'extension',
    async put(location, content) {
      await mkdir(folder, { recursive: true })
      await writeFile(`${folder}/${location}`, content)
    },
  }
}
