import { type Dataset, NotAllowedError } from '@ckan-uplink/core'
import type { ActionContext } from '../actions/define-action.ts'
import type { AskPlugin } from '../links/ask-plugin.ts'
import type { Decision } from './grant.ts'
import { REFUSING, resourceIn } from './upload-grants.ts'

/**
 * What CKAN's plugin has stated answers in place of CKAN, about the place of the decision alone. The plugin has asked
 * CKAN in the person's session, and has made the resource of an accepted file.
 */
export function answerByDecision(context: ActionContext, decision: Decision): ActionContext {
  const { uid, sub, dataset, resource = null } = decision
  const shown = {
    url: '',
    last_modified: null,
    format: '',
    ...decision,
    resource: resource ?? '',
  }
  const authorizer: ActionContext['authorizer'] = {
    ...REFUSING,
    showResource: async (id) => (id === resource ? resourceIn(shown) : refuse()),
    showDataset: async (id) => (id === dataset ? datasetIn(decision, context.clock.now()) : refuse()),
    mayUpdate: async (_, { id }) => id === resource,
  }
  const askPlugin: AskPlugin = async (asked) => {
    const isAbout = asked.user === uid && asked.dataset === dataset && asked.create === undefined
    if (!isAbout || (asked.resource !== undefined && asked.resource !== resource))
      return { allowed: false, reason: 'user' }
    return { ...shown, allowed: true, user: sub, title: '', resource }
  }
  return { ...context, authorizer, askPlugin }
}

function datasetIn(decision: Decision, readAt: Date): Dataset {
  const isAccepted = decision.scope === 'accept'
  return {
    id: decision.dataset,
    state: 'active',
    private: true,
    ...(isAccepted && decision.owner_org !== undefined && { ownerOrg: decision.owner_org }),
    resources: isAccepted ? [resourceIn(decision)] : [],
    readAt,
  }
}

async function refuse(): Promise<never> {
  throw new NotAllowedError('This statement of CKAN is about another dataset or resource.')
}
