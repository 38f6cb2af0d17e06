import { UplinkElement } from './element.ts'

/** For pages with a form of their own, such as the form of earlier versions of CKAN's plugin. */
export { createUplink } from '@ckan-uplink/client'
export type { UploadDetail } from './element.ts'
export type { CkanForm, FormOfResource } from './form.ts'
export type { CkanSession } from './session.ts'
export { addWords } from './words/languages.ts'
export type { Words } from './words/words.ts'
export { UplinkElement }

declare global {
  interface HTMLElementTagNameMap {
    'ckan-uplink': UplinkElement
  }
}

if (globalThis.customElements?.get('ckan-uplink') === undefined)
  globalThis.customElements?.define('ckan-uplink', UplinkElement)
