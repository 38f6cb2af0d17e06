import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { collectAnswers } from '../scripts/new/collect-answers.ts'
import { createGuideMachine, type GuideMachine } from './support/guide-machine.ts'

const said = vi.hoisted(() => ({ isThere: false, answers: [] as string[], questions: [] as string[] }))
vi.mock('@ckan-uplink/cli', () => ({
  isSomebodyThere: () => said.isThere,
  askText: async (question: string, proposed: string) => {
    said.questions.push(proposed === '' ? question : `${question} [${proposed}]`)
    return said.answers.shift() || proposed
  },
}))

let machine: GuideMachine | undefined
afterEach(async () => {
  await machine?.remove()
  machine = undefined
})

const COMMON = '--ckan https://data.example.net --bucket city-files --email ops@example.net'
const FLAGS = {
  cloudflare: '--account fedcba9876543210fedcba9876543210 --host up.example.net --zone example.net',
  aws: '--account 210987654321 --region eu-central-1',
  azure:
    '--subscription 76543210-89ab-cdef-0123-456789abcdef --location germanywestcentral --storage-account citydata --vault cityvault --vault-group secrets',
} as const

describe('npm run new', () => {
  it.each(Object.entries(FLAGS))('makes an entry on %s that can be deployed', async (cloud, flags) => {
    machine = await createGuideMachine(cloud)
    const calls = await machine.type(`npm run new -- city --cloud ${cloud} ${COMMON} ${flags}
      npm run new -- city-two --cloud ${cloud} ${COMMON.replace('city-files', 'more-files')} ${flags.replace('citydata', 'moredata')}
      npm run preview -- city
      npm run preview -- city-two -v`)
    const previews = calls.filter((call) => /^(?:pulumi preview|cdk diff)/u.test(call))
    expect(previews).toEqual([expect.stringContaining('city'), expect.stringMatching(/city-two -v$/u)])
    const text = await readFile(join(machine.folder, 'environments.local.ts'), 'utf8')
    expect(text).toContain("bucket: 'city-files'")
    expect(text).toContain("alarmEmails: ['ops@example.net']")
  })

  it('proposes what the tool of the cloud knows', async () => {
    machine = await createGuideMachine('aws')
    await machine.type(`
      printf '#!/bin/sh\\ncase "$*" in sts*) echo 210987654321 ;; configure*) echo eu-west-1 ;; acm*example.net*) echo arn:aws:acm:eu-west-1:210987654321:certificate/1 ;; route53*example.net*) echo /hostedzone/Z123 ;; esac' > "$PROGRAMS/aws"
      npm run new -- city --cloud aws ${COMMON} --host up.example.net`)
    const text = await readFile(join(machine.folder, 'environments.local.ts'), 'utf8')
    for (const line of ["accountId: '210987654321'", "region: 'eu-west-1'", 'certificate/1', "hostedZoneId: 'Z123'"])
      expect(text).toContain(line)
  })

  it.each([
    ['lists all missing flags at once', 'city --cloud aws', /--ckan is missing[\s\S]*--account is missing/u],
    ['refuses another cloud', 'city --cloud mars', /--cloud is "mars": give one of /u],
    ['refuses the name of an entry', 'production', /There is an entry production already/u],
    ['refuses values that cannot be deployed', `city --cloud aws ${COMMON} --account 1 --region x`, /city: accountId/u],
  ])('%s', async (_, words, message) => {
    machine = await createGuideMachine('aws')
    await expect(machine.type(`npm run new -- ${words}`)).rejects.toThrow(message)
    await expect(readFile(join(machine.folder, 'environments.local.ts'))).rejects.toThrow('ENOENT')
  })
})

describe('the questions on a terminal', () => {
  it('come one after another, with proposals, and leave out what a flag has answered', async () => {
    Object.assign(said, { isThere: true, answers: ['', 'mine', '', ''], questions: [] })
    const answers = await collectAnswers(
      [
        { flag: 'a', text: 'A' },
        { flag: 'b', text: 'B', propose: ({ a }) => `${a}-b` },
        { flag: 'c', text: 'C', isOptional: true },
        { flag: 'd', text: 'D', applies: ({ c }) => c !== '' },
        { flag: 'e', text: 'E' },
      ],
      { e: 'given' },
    )
    expect(answers).toEqual({ a: 'mine', b: 'mine-b', c: '', e: 'given' })
    expect(said.questions).toEqual(['A', 'A', 'B [mine-b]', 'C'])
  })
})
