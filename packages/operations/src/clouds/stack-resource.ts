/** A resource that a deployment created, as the tool that deploys remembers it. */
export interface StackResource {
  /** The tool's word for its kind. */
  readonly type: string
  /** The cloud's id or name of it. */
  readonly id: string
}

/** Returns `undefined` if the tool does not say: it is not installed, or knows no such deployment. */
export type ReadStack = () => Promise<readonly StackResource[] | undefined>
