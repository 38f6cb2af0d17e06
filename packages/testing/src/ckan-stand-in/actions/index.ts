import { notFound, required } from '../action-error.ts'
import type { Action, Call } from '../call.ts'
import type { CkanVersion } from '../state.ts'
import { datasetActions } from './dataset-actions.ts'
import { extensionActions } from './extension-actions.ts'
import { coreFileActions } from './file-actions.ts'
import { groupActions } from './group-actions.ts'
import { resourceActions } from './resource-actions.ts'
import { reviseAction } from './revise-action.ts'
import { userActions } from './user-actions.ts'
import { viewActions } from './view-actions.ts'

const RELEASE: Readonly<Record<CkanVersion, string>> = { '2.10': '2.10.11', '2.11': '2.11.6', '2.12': '2.12.0' }

/** Every action that this CKAN has, by name. */
export function actionsOf({ version, extensions }: Pick<Call, 'version' | 'extensions'>): ReadonlyMap<string, Action> {
  return new Map(
    Object.entries({
      status_show: statusShow,
      help_show: helpShow,
      ...datasetActions,
      ...resourceActions,
      ...groupActions,
      ...userActions,
      ...viewActions,
      package_revise: reviseAction,
      ...(version === '2.12' && coreFileActions),
      ...Object.assign({}, ...extensions.map((extension) => extensionActions[extension])),
    }),
  )
}

/** CKAN answers with the words above the action in its source. */
const helpShow: Action = {
  sideEffectFree: true,
  run(call, params) {
    const name = required(params, 'name')
    if (!actionsOf(call).has(name)) throw notFound('Action function not found')
    return `The action ${name} of CKAN: https://docs.ckan.org/en/latest/api/`
  },
}

const statusShow: Action = {
  sideEffectFree: true,
  run: ({ version, extensions, siteUrl }) => ({
    site_title: 'CKAN',
    site_description: '',
    site_url: siteUrl,
    error_emails_to: null,
    locale_default: 'en',
    extensions: [...extensions],
    ckan_version: RELEASE[version],
  }),
}
