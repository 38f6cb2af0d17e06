import * as authorization from '@pulumi/azure-native/authorization/index.js'
import type * as pulumi from '@pulumi/pulumi'

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const ROLES = {
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb',
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  'Storage Blob Delegator': 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a',
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
  'Storage Queue Data Message Sender': 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a',
} as const

export interface Grant {
  readonly subscriptionId: string
  readonly principalId: pulumi.Input<string>
  /** A role of Azure, or the id of a role's definition. */
  readonly role: keyof typeof ROLES | pulumi.Output<string>
  /** The id of a resource. The right applies to it and to all resources below it. */
  readonly scope: pulumi.Input<string>
  /** https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes */
  readonly condition?: string
}

const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'

/** Allows to read and remove everywhere in the scope, and to write only below the prefix. */
export function writingBelow(prefix: string): string {
  const writes = ['write', 'add/action'].map((action) => `!(ActionMatches{'${BLOBS}/${action}'})`)
  return `((${writes.join(' AND ')}) OR (@Resource[${BLOBS}:path] StringLike '${prefix}*'))`
}

/** Grants a role to a managed identity in this scope only. */
export function grant(
  name: string,
  { subscriptionId, principalId, role, scope, condition }: Grant,
  options: pulumi.CustomResourceOptions,
): authorization.RoleAssignment {
  const roleDefinitionId =
    typeof role === 'string'
      ? `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role]}`
      : role
  return new authorization.RoleAssignment(
    name,
    {
      principalId,
      principalType: 'ServicePrincipal',
      roleDefinitionId,
      scope,
      ...(condition !== undefined && { condition, conditionVersion: '2.0' }),
    },
    options,
  )
}
