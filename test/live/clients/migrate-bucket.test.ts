import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pngOf } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { linesOf, runCliProcess } from '../../../packages/cli/test/support/cli.ts'
import { restartCkan } from '../../../scripts/ckan/control.ts'
import { instanceOf } from '../../../scripts/ckan/instances.ts'
import type { Answer } from '../../support/ckan-calls.ts'
import { liveSitesNamed, type Site } from '../support/sites.ts'
import { describeMove, download, type Moved, sendForm, type Way } from './describe-move.ts'
import type { Edition } from './edition.ts'

const S3FILESTORE = 'ckanext.s3filestore'
const WORDS = ['migrate-bucket', '--from', 's3filestore', '--path', 'ckan']

describe.each(liveSitesNamed('2.11'))('moving the files of ckanext-s3filestore on CKAN $name', (site) => {
  const options: Way['options'] = ({ folder }) => ({
    cwd: folder,
    program: 'npm run uplink',
    env: { LOCAL_DIR: join(folder, 'local'), CKAN_API_TOKEN: site.tokens.admin, XDG_STATE_HOME: folder },
  })
  const way: Way = {
    sizes: [3, 20],
    words: WORDS,
    options,
    begin: (edition) => useFilestore(site, edition),
    end: () => restartCkan(site.name),
  }

  describeMove(site, way, (moved) => {
    it('moves the image of an organization', async () => {
      const { edition } = moved()
      const png = pngOf(3, 2)
      const form = new FormData()
      form.set('name', `uplink-${crypto.randomUUID()}`)
      form.set('image_upload', new Blob([new Uint8Array(png)], { type: 'image/png' }), 'logo.png')
      const { id } = await sendForm(site, 'organization_create', form, 'admin')
      const shown = async () => (await edition.act('organization_show', { id })).image_display_url as string
      expect(await shown()).toContain('logo.png')
      const { code, stderr, stdout } = await runCliProcess([...WORDS, '--fix', '--json'], options(edition))
      expect([code, linesOf(stdout).at(-1)], `${stdout}${stderr}`).toMatchObject([0, { images: 1 }])
      expect(await shown()).toContain(edition.gateway)
      expect(await download(await shown())).toEqual(Buffer.from(png))
      await edition.act('organization_purge', { id }, 'admin')
    })

    it('exports every byte of the moved files', () => expectExport(site, moved()), 60_000)
  })
})

/** Lets ckanext-s3filestore write to the bucket. */
async function useFilestore(site: Site, { folder }: Edition): Promise<void> {
  const read = async (name: string) => JSON.parse(await readFile(join(folder, 'local', name), 'utf8'))
  const { accessKeyId, secretAccessKey } = await read('credentials.json')
  const { settings } = await read('instance.json')
  const values = {
    aws_bucket_name: settings.BUCKET_NAME,
    aws_storage_path: 'ckan',
    aws_access_key_id: accessKeyId,
    aws_secret_access_key: secretAccessKey,
    host_name: settings.R2_S3_ENDPOINT,
    region_name: 'auto',
    signature_version: 's3v4',
    addressing_style: 'path',
    acl: 'private',
    // Only xloader's worker runs jobs, and other tests count them.
    'acl.async_update': 'false',
  }
  await restartCkan(site.name, {
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`${S3FILESTORE}.${name}`, value])),
    'ckan.plugins': [...instanceOf(site.name).plugins, 's3filestore'].join(' '),
  })
}

async function expectExport(site: Site, { edition, datasets, contents }: Moved): Promise<void> {
  const [dataset = ''] = datasets
  const { code, stderr } = await runCliProcess(['export', '--dataset', dataset, '--output', 'out', '--json'], {
    cwd: edition.folder,
    env: { CKAN_UPLINK_GATEWAY: edition.gateway, CKAN_API_TOKEN: site.tokens.editor },
  })
  expect(code, stderr).toBe(0)
  const descriptor = JSON.parse(await readFile(join(edition.folder, 'out', 'datapackage.json'), 'utf8'))
  expect(descriptor).toMatchObject({
    $schema: 'https://datapackage.org/profiles/2.0/datapackage.json',
    id: dataset,
    name: expect.stringMatching(/^[a-z0-9._-]+$/u),
  })
  const { resources } = await edition.dataset(dataset)
  expect(descriptor.resources.map(({ name }: Answer) => name)).toEqual(resources.map(({ id }: Answer) => id))
  for (const { name, path, bytes, hash } of descriptor.resources) {
    const content = await readFile(join(edition.folder, 'out', path))
    expect([content, bytes]).toEqual([contents.get(name), content.length])
    expect(hash).toBe(`sha256:${createHash('sha256').update(content).digest('hex')}`)
  }
}
