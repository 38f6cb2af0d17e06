import { MIB } from '@ckan-uplink/core/support'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clearJobs, runJobs } from '../../../scripts/ckan/control.ts'
import { only } from '../../support/ckan-calls.ts'
import { launchChromium, logInAsEditor, openTab, picture, slowDown } from '../support/browser.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { fieldsOf, type Person } from '../support/person.ts'
import { fewerInCi, liveSitesNamed } from '../support/sites.ts'
import { describeEditor } from './describe-editor.ts'
import {
  addressOf as addressAt,
  CONTENT,
  choose,
  chooseFile,
  expectFile,
  expectState,
  faultsIn,
  press,
  saveButton,
  saveInBrowser,
  sendFirstPart,
  uploader,
  watchParts,
  withLargeFile,
} from './in-form.ts'
import { openPluginRoad, type PluginRoad } from './plugin-road.ts'

const SCHEMAS = ['stations', 'surveys', 'bare'].map((name) => import.meta.resolve(`./${name}.yaml`))
const sites = fewerInCi(liveSitesNamed('2.10', '2.11', '2.12'))

describe.each(sites)("an upload in CKAN's own form, in CKAN $name", (site) => {
  let road: PluginRoad
  let editor: Person
  let browser: Browser
  beforeAll(async () => {
    road = await openPluginRoad(site, {}, { schemas: SCHEMAS })
    editor = await road.enter('editor')
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await road?.close()
  })

  const scene = () => ({ site, road, browser })
  const addressOf = (dataset: string, resource?: string) => addressAt(site, dataset, resource)

  /** Begins an upload as the form does. Nothing completes it yet. */
  async function begin(place: object, content = CONTENT, person = editor) {
    const { status, body } = await road.askForGrant(person, { scope: 'upload', ...place })
    expect(status).toBe(200)
    const { grant, form, resource } = body
    const wanted = { id: resource, name: 'notes.txt', size: content.length }
    const { upload } = (await road.ask('resource_upload', wanted, grant)).body.result
    const sendPart = async () => {
      const signed = await road.ask('upload_sign_parts', { id: upload.id, part_numbers: [1] }, grant)
      const [part] = signed.body.result.parts
      expect((await fetch(part.url, { method: 'PUT', headers: part.headers, body: content })).status).toBe(200)
    }
    return { ticket: upload, form, resource, field: `${form} ${upload.id}`, grant, sendPart }
  }

  /** Sends the parts of a file as well. */
  async function sendParts(...wanted: Parameters<typeof begin>) {
    const begun = await begin(...wanted)
    await begun.sendPart()
    return begun
  }

  /** The form in the browser of a new editor. */
  async function openForm(
    dataset: string,
    options: BrowserContextOptions = {},
    address = addressOf(dataset),
  ): Promise<Page> {
    const page = await openTab(browser, options)
    await page.goto(`${site.url}/user/login`)
    await logInAsEditor(page, road)
    await page.goto(address)
    return page
  }

  /** What the page after the form does. */
  async function complete({ form, ticket }: { readonly form: string; readonly ticket: { readonly id: string } }) {
    const wanted = { scope: 'complete', form, upload: ticket.id }
    const { status, body } = await road.askForGrant(editor, wanted)
    return status === 200 ? (await road.ask('upload_complete', { id: ticket.id }, body.grant)).status : status
  }

  async function save(address: string, changes: object, person = editor) {
    const { clear_upload: _, ...shown } = fieldsOf(formIn((await person.visit(address)).text))
    return person.send(address, { ...shown, save: 'go-metadata', ...changes })
  }

  it('adds a resource with a file, and links the file once the form is saved', async () => {
    const { id: dataset } = await road.newDataset(0)
    const sent = await sendParts({ dataset })
    expect(await complete(sent)).toBe(404)
    const early = await road.ask('upload_complete', { id: sent.ticket.id }, sent.grant)
    expect([early.status, early.body.error.message]).toEqual([403, expect.stringContaining('Save its form first')])
    await save(addressOf(dataset), { name: 'Notes', uplink_upload: sent.field })
    // The worker of a site with a loader may have completed the upload already.
    expect(await road.resource(sent.resource)).toMatchObject({ name: 'Notes', ...(!site.xloader && { url: '' }) })
    for (const _ of ['first', 'again']) expect(await complete(sent)).toBe(200)
    expect(await road.settled(sent.ticket)).toMatchObject({ state: 'linked' })
    expect(await road.resource(sent.resource)).toMatchObject({ name: 'Notes', size: CONTENT.length, format: 'TXT' })
    expect(await complete(sent)).toBe(200)
  })

  it('is completed by a background job, when the person opens no other page', async () => {
    // Jobs of earlier gateways only take time.
    await clearJobs(site.name)
    const { id: dataset } = await road.newDataset(0)
    const sent = await sendParts({ dataset })
    await save(addressOf(dataset), { name: 'Notes', uplink_upload: sent.field })
    await runJobs(site.name)
    expect(await road.settled(sent.ticket)).toMatchObject({ state: 'linked' })
    expect(await road.resource(sent.resource)).toMatchObject({ name: 'Notes', size: CONTENT.length })
  })

  it('is not completed for a person who may no longer change the dataset', async () => {
    const leaving = await road.enter('editor')
    const dataset = await road.newDataset(1)
    const sent = await sendParts({ resource: only(dataset) }, CONTENT, leaving)
    // Where a worker runs, it would be faster than the administrator.
    if (!site.xloader) await save(addressOf(dataset.id, only(dataset)), { uplink_upload: sent.field }, leaving)
    const { requested_by: username } = await road.record(sent.ticket)
    await road.act('organization_member_delete', { id: site.organization, username }, 'admin')
    await runJobs(site.name)
    const late = await road.askForGrant(leaving, { scope: 'complete', form: sent.form, upload: sent.ticket.id })
    expect(late.status).toBe(403)
    expect(await road.record(sent.ticket)).toMatchObject({ state: 'issued' })
    expect((await road.resource(only(dataset))).url).toBe('')
  })

  it('adds no second resource when the form is saved twice', async () => {
    const { id: dataset } = await road.newDataset(0)
    const { field } = await sendParts({ dataset })
    await save(addressOf(dataset), { uplink_upload: field })
    const page = await save(addressOf(dataset), { uplink_upload: field })
    expect(page.text).toContain('This form was saved already')
    expect((await road.dataset(dataset)).resources).toHaveLength(1)
  })

  it('keeps the file when the form comes back with an error', async () => {
    const { id: dataset } = await road.newDataset(0)
    const sent = await sendParts({ dataset })
    const page = await save(addressOf(dataset), { size: 'large', uplink_upload: sent.field })
    const { size: _, clear_upload: __, ...again } = fieldsOf(formIn(page.text))
    expect(again).toMatchObject({ id: '', uplink_upload: sent.field })
    await editor.send(addressOf(dataset), { ...again, save: 'go-metadata' })
    expect(await complete(sent)).toBe(200)
    expect(await road.settled(sent.ticket)).toMatchObject({ state: 'linked' })
  })

  it('replaces the file of a resource, and what the form changed does not stop it', async () => {
    const dataset = await road.newDataset([{ url: 'https://example.org/before.csv' }])
    const resource = only(dataset)
    const sent = await sendParts({ resource })
    await save(addressOf(dataset.id, resource), {
      url: 'https://example.org/changed.csv',
      description: 'New',
      uplink_upload: sent.field,
    })
    expect(await complete(sent)).toBe(200)
    expect(await road.settled(sent.ticket)).toMatchObject({ state: 'linked' })
    expect(await road.resource(resource)).toMatchObject({ description: 'New', size: CONTENT.length })
  })

  it('keeps a URL that another person enters after "Save now", although its file arrives later', async () => {
    const dataset = await road.newDataset([{ url: 'https://example.org/before.csv' }])
    const resource = only(dataset)
    const begun = await begin({ resource })
    await save(addressOf(dataset.id, resource), {
      url: 'https://example.org/of-the-form.csv',
      uplink_upload: begun.field,
    })
    await road.act('resource_patch', { id: resource, url: 'https://example.org/theirs.csv' }, 'admin')
    await begun.sendPart()
    expect(await complete(begun)).toBe(200)
    const reason = expect.stringContaining('was changed in CKAN')
    expect(await road.settled(begun.ticket)).toMatchObject({ state: 'failed', code: 'changed_in_ckan', reason })
    expect(await road.resource(resource)).toMatchObject({ url: 'https://example.org/theirs.csv' })
  })

  it('refuses the field of another user, of another dataset, and without the signature of CKAN', async () => {
    const [{ id: dataset }, { id: other }] = [await road.newDataset(0), await road.newDataset(0)]
    const { field, form } = await sendParts({ dataset })
    const another = await road.enter('editor')
    expect((await road.askForGrant(another, { scope: 'upload', form })).status).toBe(404)
    const refused = [
      await save(addressOf(dataset), { uplink_upload: field }, another),
      await save(addressOf(other), { uplink_upload: field }),
      await save(addressOf(dataset), { uplink_upload: field.replace('.', '.x') }),
    ]
    for (const page of refused) expect(page.text).toContain('hoose ')
    for (const id of [dataset, other]) expect((await road.dataset(id)).resources).toEqual([])
  })

  it.each([
    [
      'de',
      'Jetzt speichern',
      'Wartende Dateien',
      'Keine Datei wartet auf eine Entscheidung.',
      'einem anderen Benutzer',
    ],
    ['es', 'Guardar ahora', 'Archivos en espera', 'Ningún archivo espera una decisión.', 'a otro usuario'],
    ['fr', 'Enregistrer maintenant', 'Fichiers en attente', 'Aucun fichier n’attend de décision.', 'à un autre'],
    ['uk_UA', 'Зберегти зараз', 'Файли на розгляді', 'Жоден файл не чекає на рішення.', 'іншому користувачеві'],
  ])('speaks the language of the page: %s', async (language, saveNow, tab, noFile, refusal) => {
    const { id: dataset } = await road.newDataset(0)
    const { field } = await sendParts({ dataset })
    const at = `${site.url}/${language}`
    expect((await editor.visit(`${at}/dataset/${dataset}/resource/new`)).text).toContain(saveNow)
    expect((await editor.visit(`${at}/dataset/edit/${dataset}`)).text).toContain(tab)
    expect((await editor.visit(`${at}/uplink/waiting/${dataset}`)).text).toContain(noFile)
    const another = await road.enter('editor')
    const page = await save(`${at}/dataset/${dataset}/resource/new`, { uplink_upload: field }, another)
    expect(page.text).toContain(refusal)
  })

  describe('of a type of datasets with a schema of ckanext-scheming', () => {
    const fieldIn = (text: string) => formIn(text).match(/name="uplink_upload"/gu)
    const start = async (type: string, state: string) => {
      const { id } = await road.newDataset(0, { type, state, title: 'Roof' })
      return { id, form: `${site.url}/${type}/${id}/resource/new` }
    }

    it('is part of the form of a new resource, and of its form later, once in each', async () => {
      const { id: dataset, form } = await start('station', 'active')
      expect(fieldIn((await editor.visit(form)).text)).toHaveLength(1)
      const sent = await sendParts({ dataset })
      await save(form, { name: 'Ozone', height: '12 m', uplink_upload: sent.field })
      expect(await complete(sent)).toBe(200)
      expect(await road.settled(sent.ticket)).toMatchObject({ state: 'linked' })
      expect(await road.resource(sent.resource)).toMatchObject({ height: '12 m', size: CONTENT.length, format: 'TXT' })

      const later = `${site.url}/station/${dataset}/resource/${sent.resource}/edit`
      expect(fieldIn((await editor.visit(later)).text)).toHaveLength(1)
      await save(later, { height: '15 m' })
      expect(await road.resource(sent.resource)).toMatchObject({ height: '15 m', size: CONTENT.length, format: 'TXT' })
    })

    it('is seen by the plugin itself, which reports forms without it', async () => {
      const { forms } = await (await fetch(`${site.url}/uplink/status`)).json()
      expect(forms).toEqual({ dataset: true, station: true, survey: true, bare: false })
    })

    it('is part of the last page of a form in pages, above its buttons', async () => {
      const { id: dataset, form } = await start('survey', 'draft')
      expect(fieldIn((await editor.visit(form)).text)).toHaveLength(1)
      const page = await openForm(dataset, {}, form)
      await choose(page, 'a.txt')
      expect(await page.locator('.form-actions .uplink-upload').count()).toBe(0)
      await saveButton(page).click()
      await page.waitForURL((url) => !url.pathname.endsWith('/new'))
      const [{ id: added }] = (await road.dataset(dataset)).resources
      const shown = async () => (await road.resource(added)).url
      await expect.poll(shown, { interval: 500 }).toMatch(/a\.txt$/u)
      await page.context().close()
    })
  })

  it('gives no grant to members, outsiders and people who are logged out', async () => {
    const dataset = await road.newDataset(1)
    for (const role of ['member', undefined] as const) {
      const person = await road.enter(role)
      for (const place of [{ dataset: dataset.id }, { resource: only(dataset) }])
        expect((await road.askForGrant(person, { scope: 'upload', ...place })).status).toBe(403)
    }
    const anonymous = await fetch(`${site.url}/uplink/grant`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ scope: 'upload', dataset: dataset.id }),
    })
    expect(anonymous.status).toBe(403)
  })

  describe("CKAN's own actions", () => {
    const send = async ({ upload }: { readonly upload: Ticket }) => {
      const { ok } = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: CONTENT })
      expect(ok).toBe(true)
      expect(await road.settled(upload)).toMatchObject({ state: 'linked' })
    }

    it('give a script the URL for the file of a resource, by its token and without another address', async () => {
      const resource = only(await road.newDataset([{ url: 'https://example.org/before.csv' }]))
      const given = await road.act('resource_upload', { id: resource, name: 'notes.txt', size: CONTENT.length })
      expect(given.presigned_url).toBe(given.upload.url)
      expect(given.upload).toMatchObject({ method: 'PUT', expires_at: expect.any(String), headers: expect.any(Object) })
      await send(given)
      expect(await road.resource(resource)).toMatchObject({ format: 'TXT', size: CONTENT.length })
    })

    it('give no URL to users who may not change the resource, and hand on what the gateway refuses', async () => {
      const resource = only(await road.newDataset(1))
      const ask = (fields: object, who?: 'member' | 'outsider') =>
        road.act('resource_upload', { id: resource, ...fields }, who)
      for (const who of ['member', 'outsider'] as const)
        await expect(ask({}, who)).rejects.toThrow(/answered with 403/u)
      await expect(ask({ name: 'a/b.csv' })).rejects.toThrow(/with 409: .*without slashes/u)
      await expect(ask({ id: crypto.randomUUID() })).rejects.toThrow(/answered with 404/u)
    })

    it('add a URL to the answer for a new resource, if the caller asks for it', async () => {
      const { id: package_id } = await road.newDataset(0)
      const wanted = { package_id, name: 'notes.txt', format: 'Notes', upload_url: true }
      const { presigned_url, upload, ...made } = await road.act('resource_create', wanted)
      expect(made).toMatchObject({ name: 'notes.txt', format: '' })
      expect(presigned_url).toBe(upload.url)
      expect(await road.resource(made.id)).toEqual(made)

      // Scripts send the answer back with their changes.
      await road.act('package_patch', { id: package_id, resources: [{ ...made, presigned_url, upload }] })
      expect(await road.resource(made.id)).not.toHaveProperty('presigned_url')
      await road.act('resource_update', { ...made, presigned_url, upload, upload_url: true, description: 'Ours' })
      expect(await road.resource(made.id)).not.toHaveProperty('presigned_url')
      await send({ upload })
      const shown = await road.resource(made.id)
      expect(shown).toMatchObject({ description: 'Ours', size: CONTENT.length, format: 'Notes' })
      for (const name of ['presigned_url', 'upload', 'upload_url']) expect(shown).not.toHaveProperty(name)
    })

    it('add nothing for callers who do not ask, and store no wish', async () => {
      const { id: package_id } = await road.newDataset(0)
      for (const wish of [{}, { upload_url: false }]) {
        const made = await road.act('resource_create', { package_id, name: 'notes.txt', ...wish })
        expect(await road.resource(made.id)).toEqual(made)
        for (const name of ['presigned_url', 'upload', 'upload_error', 'upload_url'])
          expect(made).not.toHaveProperty(name)
      }
    })

    it('make the resource also when the gateway refuses or is silent, and say why there is no URL', async () => {
      const { id: package_id } = await road.newDataset(0)
      const make = (fields: object) => road.act('resource_create', { package_id, upload_url: true, ...fields })
      const refused = await make({ name: 'refused', format: 'x'.repeat(101) })
      expect(refused).toMatchObject({
        presigned_url: null,
        upload_error: expect.stringMatching(/^format: Must be at most 100/u),
      })
      const quick = await took(() => make({ name: 'quick' }))
      const late = await road.whileSilent(() => took(() => make({ name: 'late' })))
      expect(late.result).toMatchObject({ presigned_url: null, upload_error: expect.stringContaining('not answer') })
      expect(late.seconds).toBeLessThan(quick.seconds + 3)
      const names = (await road.dataset(package_id)).resources.map(({ name }: { readonly name: string }) => name)
      expect(names).toEqual(['refused', 'quick', 'late'])
    })
  })

  describeEditor(scene)

  it('links no file of a form that CKAN has not saved, also when the person goes to another page', async () => {
    const dataset = await road.newDataset([{ url: 'https://example.org/before.csv' }])
    const form = addressOf(dataset.id, only(dataset))
    const page = await openForm(dataset.id, {}, form)
    const submit = () => saveButton(page).click()
    const chooseAir = async () => {
      await choose(page, 'air.txt')
      await expectState(uploader(page), /ready/u)
    }
    await chooseAir()
    const broken = (url: URL) => url.pathname.endsWith('/edit')
    await page.route(broken, (route) => route.fulfill({ status: 500, body: 'CKAN is broken' }))
    await submit()
    await page.getByText('CKAN is broken').waitFor()
    await page.unrouteAll()
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/uplink/grant'))
    await page.goto(`${site.url}/dataset/${dataset.id}`)
    expect((await answered).status()).toBe(404)
    expect(await road.resource(only(dataset))).toMatchObject({ url: 'https://example.org/before.csv' })

    const saveRefused = async () => {
      await page.goto(form)
      await chooseAir()
      const wrong = '<input type="hidden" name="size" value="large">'
      await page.locator('#resource-edit').evaluate((shown, html) => shown.insertAdjacentHTML('beforeend', html), wrong)
      await submit()
      await page.locator('.error-explanation').waitFor()
    }
    const saveAgain = async () => {
      await submit()
      await page.waitForURL((url) => !url.pathname.endsWith('/edit'))
    }
    await saveRefused()
    await press(page, 'Without this file')
    await page.fill('[name=url]', 'https://example.org/theirs.csv')
    await saveAgain()
    expect(await road.resource(only(dataset))).toMatchObject({ url: 'https://example.org/theirs.csv' })

    await saveRefused()
    await saveAgain()
    const shown = async () => (await road.resource(only(dataset))).url
    await expect.poll(shown, { interval: 500 }).toMatch(/air\.txt$/u)
    await page.context().close()
  })

  it('is paused, goes on after a reload, and is exchanged, by the keyboard alone', async () => {
    const { id: dataset } = await road.newDataset(0)
    const page = await openForm(dataset)
    const field = uploader(page)
    await withLargeFile('large.csv', 3, async (path) => {
      const parts = watchParts(page)
      await sendFirstPart(page, path)
      await expectState(field, /sending/u)
      await expect.poll(() => parts.length).toBe(3)
      await press(page, 'Pause: large.csv')
      await expectState(field, /paused/u)

      // In this order: without the route, Chromium would send the parts that it holds back.
      await page.reload()
      await page.unrouteAll()
      const unfinished = field.locator('section', { hasText: 'Not finished' })
      await unfinished.getByText('Choose this file again to continue.').waitFor()
      parts.length = 0
      expect(await faultsIn(page, '.uplink-upload')).toEqual([])
      await chooseFile(field, path)
      await expectState(field, /ready/u)
      expect(parts.toSorted()).toEqual(['2', '3'])
      expect(await faultsIn(page, '.uplink-upload')).toEqual([])

      // The form is not saved: after another reload nothing is sent again.
      await page.reload()
      await unfinished.waitFor()
      parts.length = 0
      await chooseFile(field, path)
      await expectState(field, /ready/u)
      expect(parts).toEqual([])
      await press(page, 'Cancel: large.csv')
      await expectState(field, /cancelled/u)
      expect(await page.locator('[name=uplink_upload]').inputValue()).toBe('')
    })
    await choose(page, 'draft.txt')
    await expect.poll(() => page.inputValue('[name=uplink_upload]')).not.toBe('')
    await choose(page, 'final.txt', 'final')
    await expectFile(scene(), await saveInBrowser(scene(), page, dataset), 'final.txt', 5)
    await page.context().close()
  })

  it('fits a phone in German too', async () => {
    const { id: dataset } = await road.newDataset(0)
    const address = `${site.url}/de/dataset/${dataset}/resource/new`
    const page = await openForm(dataset, { viewport: { width: 360, height: 740 } }, address)
    await page.route(/partNumber=/u, () => undefined)
    await choose(page, 'ozon.txt')
    await expectState(uploader(page), /sending/u)
    await saveButton(page).click()
    await page.getByRole('status').getByText('sobald die Datei angekommen ist').waitFor()
    const block = page.locator('.uplink-upload')
    await block.scrollIntoViewIfNeeded()
    expect(await block.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)).toBe(true)
    if (site.version === '2.12') await picture(page, 'ckan-form-german')
    await page.context().close()
  })

  it.each([
    ['on a screen', 'ckan-form', { width: 900, height: 720 }],
    ['on a phone', 'ckan-form-phone', { width: 360, height: 740 }],
  ] as const)('shows how much of the file is sent, and fits: %s', async (_where, name, viewport) => {
    const page = await openForm((await road.newDataset(0, { title: 'Air quality' })).id, { viewport })
    const bar = uploader(page).locator('li progress')
    await uploader(page).locator('.drop').waitFor()
    expect(await bar.count()).toBe(0)
    await slowDown(page, MIB)
    await choose(page, 'ozone-2025.csv', Buffer.alloc(8 * MIB, 'station,ozone\n'), 'text/csv')
    const share = () => bar.evaluate((element) => Number(element.getAttribute('value') ?? '0') / (8 * 1024 ** 2))
    await expect.poll(share).toBeGreaterThan(0.3)
    await page.fill('#field-name', 'Ozone in 2025')
    await page.locator('#field-name').scrollIntoViewIfNeeded()
    expect(await page.locator('.uplink-upload').evaluate((block) => block.scrollWidth <= block.clientWidth)).toBe(true)
    if (site.version === '2.12') await picture(page, name)
    await expectState(uploader(page), /ready/u)
    expect(await uploader(page).locator('li .state').innerText()).toContain('Ready: save the form')
    await page.context().close()
  })
})

async function took<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  const begin = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - begin) / 1000 }
}

function formIn(html: string): string {
  return /<form id="resource-edit"[\s\S]*?<\/form>/u.exec(html)?.[0] ?? ''
}
