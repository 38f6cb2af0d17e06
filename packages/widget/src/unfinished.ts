import { make } from './dom.ts'
import { formatSize } from './format.ts'
import type { KeptUpload } from './kept-uploads.ts'
import type { NewFile } from './transfers.ts'
import type { Words } from './words/words.ts'

export interface UnfinishedContext {
  readonly words: Words
  readonly language: string
  add(file: NewFile): void
  forget(kept: KeptUpload): void
}

/** The uploads of earlier visits that can go on. */
export function showUnfinished(unfinished: readonly KeptUpload[], context: UnfinishedContext): HTMLElement {
  const { words } = context
  const list = make('ul', { 'aria-labelledby': 'unfinished' }, ...unfinished.map((kept) => showOne(kept, context)))
  return make('section', { hidden: unfinished.length === 0 }, make('h2', { id: 'unfinished' }, words.unfinished), list)
}

function showOne(kept: KeptUpload, { words, language, add, forget }: UnfinishedContext): HTMLElement {
  const { path, handle, size } = kept
  const state = make(
    'span',
    { class: 'state' },
    `${formatSize(size, language)}${handle ? '' : ` · ${words.chooseAgain}`}`,
  )
  const actions = make('span', { class: 'actions' })
  if (handle !== undefined) {
    const goOn = async () => {
      const file = await reopen(handle)
      if (file) add({ file, path, handle })
      else state.textContent = words.chooseAgain
    }
    actions.append(button(words.resume, path, () => void goOn()))
  }
  actions.append(button(words.forget, path, () => forget(kept)))
  return make('li', {}, make('span', { class: 'name', dir: 'auto' }, path), state, actions)
}

function button(label: string, path: string, onclick: () => void): HTMLElement {
  return make('button', { type: 'button', 'aria-label': `${label}: ${path}`, onclick }, label)
}

/** Chromium asks the person for the permission. */
interface WithPermission {
  requestPermission?(): Promise<PermissionState>
}

/** `undefined`: the file is gone, or the person refused. */
async function reopen(handle: FileSystemFileHandle): Promise<File | undefined> {
  try {
    await (handle as WithPermission).requestPermission?.call(handle)
    return await handle.getFile()
  } catch {
    return undefined
  }
}
