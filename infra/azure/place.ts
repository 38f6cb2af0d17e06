import type * as pulumi from '@pulumi/pulumi'

/** Where everything of an environment is. */
export interface Place {
  readonly resourceGroupName: pulumi.Input<string>
  readonly location: string
}
