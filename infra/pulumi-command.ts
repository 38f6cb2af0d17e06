import type { Verb } from './cloud.ts'

const COMMANDS = { deploy: 'up', preview: 'preview', destroy: 'destroy' } as const satisfies Record<Verb, string>

/** The command of Pulumi for a stack. */
export function pulumiCommand(verb: Verb, name: string): readonly string[] {
  return ['pulumi', COMMANDS[verb], '-s', name]
}
