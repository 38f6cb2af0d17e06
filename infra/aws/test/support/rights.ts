import type { Resource, Synthesised } from './synthesise.ts'

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
}

/** The rights of a function: a line `effect action resource` for each, with the ids of the stack's resources. */
export function rightsOf(synthesised: Synthesised, kind: string): readonly string[] {
  const { Policies, ...others } = synthesised.only('IAM::Role', kind).Properties
  if ('ManagedPolicyArns' in others || synthesised.all('IAM::Policy').length > 0)
    throw new Error('The role has more rights than those of its own policies.')
  const policies = Policies as readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[]
  return policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Effect, Action, Resource }) =>
      many(Action).flatMap((action) =>
        many(Resource).map((resource) => `${Effect} ${action} ${nameOf(synthesised, resource)}`),
      ),
    )
    .toSorted()
}

function many<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T]
}

function nameOf({ resources }: Synthesised, arn: unknown): string {
  if (typeof arn === 'string') return arn
  const [id] = (arn as { readonly 'Fn::GetAtt': readonly string[] })['Fn::GetAtt']
  const { Type, Properties } = resources.find((resource) => resource.id === id) as Resource
  return `${Type} ${Properties['QueueName'] ?? Properties['LogGroupName']}`
}
