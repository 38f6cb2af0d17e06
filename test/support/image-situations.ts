import { pngOf } from '@ckan-uplink/testing'
import type { Message, Scene, Ticket } from './scene.ts'
import type { Ending, Situation } from './situations.ts'

/** Situations of an image, like `SITUATIONS` for files. */
export const IMAGE_SITUATIONS: Readonly<Record<string, Situation>> = {
  'An image of an organization is uploaded to its URL': (scene) => linkAfter(scene),
  'An image of a user is uploaded to its URL': async (scene) => {
    const { id } = await scene.act('user_show', {}, 'outsider')
    const ticket = await uploaded(scene, 'user', id)
    const ending = await end(scene, ticket)
    const shown = await scene.act('user_show', { id }, 'admin')
    await scene.act('user_patch', { id, image_url: '' }, 'outsider')
    if (!shown.image_url.includes(ticket.key)) throw new Error(`The user shows ${shown.image_url}.`)
    return ending
  },
  'A later image of the organization is already linked': (scene) =>
    linkAfter(scene, async (organization) => {
      const later = await uploaded(scene, 'organization', organization)
      await scene.deliver(later.key)
    }),
  'The image was changed in CKAN after the request for the upload': (scene) =>
    linkAfter(scene, (id) =>
      scene.act('organization_patch', { id, image_url: 'https://data.example.org/theirs.png' }, 'admin'),
    ),
  'The file that is uploaded as an image is not an image': (scene) => linkAfter(scene, undefined, 'number\n1\n'),
  'The image has more pixels than allowed': (scene) => linkAfter(scene, undefined, pngOf(101, 1)),
  'The organization was deleted': (scene) =>
    linkAfter(scene, (id) => scene.act('organization_delete', { id }, 'admin')),
  'The service token is valid but may not edit the organization': (scene) =>
    linkAfter(scene, () => scene.useToken(scene.tokens.editor)),
}

/** Runs `happen` between the upload of an organization's image and its notification. */
async function linkAfter(
  scene: Scene,
  happen?: (organization: string) => unknown,
  content?: string | Uint8Array,
): Promise<Ending> {
  const organization = await scene.newOrganization()
  const ticket = await uploaded(scene, 'organization', organization, content)
  await happen?.(organization)
  return end(scene, ticket)
}

async function uploaded(
  scene: Scene,
  type: 'organization' | 'user',
  id: string,
  content: string | Uint8Array = pngOf(3, 2),
): Promise<Ticket> {
  const ticket = await scene.askForImage(type, id, new Blob([content as BlobPart]).size)
  await scene.put(ticket.key, content)
  return ticket
}

async function end(scene: Scene, ticket: Ticket, message: Message = ticket.key): Promise<Ending> {
  const [outcome] = await scene.deliver(message)
  return { outcome, record: scene.record(ticket.id) }
}
