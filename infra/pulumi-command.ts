import type { Cloud, OnCloud, Verb } from './cloud.ts'

const COMMANDS = { deploy: 'up', preview: 'preview', destroy: 'destroy' } as const satisfies Record<Verb, string>

/** The command of Pulumi for a stack. */
export function pulumiCommand(verb: Verb, name: string): readonly string[] {
  return ['pulumi', COMMANDS[verb], '-s', name]
}

/** Whether Pulumi deploys the environments on this cloud. */
export function isByPulumi({ projects }: Pick<Cloud<OnCloud>, 'projects'>): boolean {
  return projects.includes('pulumi')
}
