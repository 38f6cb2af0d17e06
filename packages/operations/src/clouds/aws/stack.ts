import { type CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import type { StackResource } from '../stack-resource.ts'

/** The resources of a stack: none if there is no such stack, `undefined` if your rights do not show them. */
export async function readAwsStack(
  client: CloudFormationClient,
  stack: string,
): Promise<readonly StackResource[] | undefined> {
  const resources: StackResource[] = []
  try {
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stack }))
      for (const { ResourceType: type = '', PhysicalResourceId: id = '' } of StackResourceSummaries)
        resources.push({ type, id })
  } catch (thrown) {
    const { name = '', message = '' } = thrown instanceof Error ? thrown : {}
    if (name === 'ValidationError' && message.includes('does not exist')) return []
    if (name.startsWith('AccessDenied')) return undefined
    throw thrown
  }
  return resources
}
