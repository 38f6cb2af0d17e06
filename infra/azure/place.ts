import type * as pulumi from '@pulumi/pulumi'

/** The location of all resources of an environment. */
export interface Place {
  readonly resourceGroupName: pulumi.Input<string>
  readonly location: string
}
