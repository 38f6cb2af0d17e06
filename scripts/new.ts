import { parseArgs } from 'node:util'
import { ConfigurationError } from '@ckan-uplink/core'
import { environments } from '../environments.ts'
import { clouds } from '../infra/clouds.ts'
import type { Environment } from '../infra/environment.ts'
import { findEnvironment } from '../infra/find-environment.ts'
import type { Answers, Question } from '../infra/new-entry.ts'
import { exitWith } from './infra/exit-with.ts'
import { collectAnswers } from './new/collect-answers.ts'
import { COMMON_QUESTIONS, commonFieldsOf } from './new/common-questions.ts'
import { addEntry } from './new/write-entry.ts'

const [CLOUD] = COMMON_QUESTIONS
const newEntries = await Promise.all(Object.values(clouds).map((cloud) => cloud.newEntry()))

/** Makes an entry for a new environment, and prints the next three commands. */
async function main(name: string, given: Answers): Promise<number> {
  if (Object.hasOwn(environments, name))
    throw new ConfigurationError([`There is an entry ${name} already: choose another name, or change the entry.`])
  const { cloud: provider = '' } = await collectAnswers([CLOUD], given)
  const cloud = isProvider(provider) ? clouds[provider] : undefined
  if (cloud === undefined)
    throw new ConfigurationError([
      `--cloud is ${JSON.stringify(provider)}: give one of ${Object.keys(clouds).join(', ')}.`,
    ])
  const { questions, fieldsOf, firstCommand, secretName } = await cloud.newEntry()
  const answers = await collectAnswers([...COMMON_QUESTIONS, ...questions], { ...given, cloud: provider, name })
  // No compiler has seen the entry, so it is checked like the entries that people type.
  const entry = { provider, ...fieldsOf(answers), ...commonFieldsOf(answers, secretName(name)) } as Environment
  findEnvironment({ ...environments, [name]: entry }, name)
  const path = await addEntry(name, entry)
  const next = [firstCommand(name), `npm run secret -- ${name} ckanToken`, `npm run deploy -- ${name}`]
  console.log(
    `${name} is in ${path}. docs/configuration.md has its other fields. Next:\n\n${next.map((line) => `  ${line}`).join('\n')}`,
  )
  return 0
}

function isProvider(text: string): text is keyof typeof clouds {
  return Object.hasOwn(clouds, text)
}

function linesOf(title: string, questions: readonly Question[]): string {
  return [`${title}:`, ...questions.map(({ flag, text }) => `  --${flag.padEnd(18)}${text}`)].join('\n')
}

function help(): string {
  const labels = Object.values(clouds).map(({ label }) => label)
  const own = newEntries.map(({ questions }, index) => linesOf(labels[index] ?? '', questions))
  return `Makes an entry for a new environment in environments.local.ts. It asks, and proposes what the cloud's tool knows.
Without a terminal it takes the flags and the proposals.

  npm run new -- production
  npm run new -- production --cloud ${Object.keys(clouds)[0]} --ckan https://data.example.org --bucket open-data-files

${[linesOf('Every cloud', COMMON_QUESTIONS), ...own].join('\n\n')}`
}

function parse(): { readonly name: string | undefined; readonly isHelp: boolean; readonly given: Answers } {
  const flags = [...COMMON_QUESTIONS, ...newEntries.flatMap(({ questions }) => questions)].map(({ flag }) => flag)
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      ...Object.fromEntries(flags.map((flag) => [flag, { type: 'string' as const }])),
    },
  })
  const { help: isHelp, ...given } = values
  const texts = Object.entries(given).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  return { name: positionals[0], isHelp: isHelp === true, given: Object.fromEntries(texts) }
}

async function start(): Promise<number> {
  const { name, isHelp, given } = parse()
  if (name !== undefined && !isHelp) return main(name, given)
  console.log(help())
  return isHelp ? 0 : 2
}

await exitWith(start())
