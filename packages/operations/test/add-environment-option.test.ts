import { UsageError } from '@ckan-uplink/cli'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addEnvironmentOption } from '../src/add-environment-option.ts'
import type { Deployment } from '../src/deployment.ts'

function deploymentAt(gateway: string, findGateway?: Deployment['findGateway']): Deployment {
  const settings = readFrom(
    { CKAN_URL: 'https://data.example.org', GATEWAY_URL: gateway, BUCKET_NAME: 'files' },
    readSettings,
  )
  return {
    name: 'x',
    settings,
    ...(findGateway && { findGateway }),
    open: () => Promise.reject(new Error('No command of users opens it.')),
  }
}

const DEPLOYMENTS: Readonly<Record<string, Deployment>> = {
  production: deploymentAt('https://uploads.example.org'),
  staging: deploymentAt('https://staging.example.org'),
  trial: deploymentAt('https://placeholder.example.net', async () => 'https://chosen.example.net'),
  hidden: deploymentAt('https://placeholder.example.net', () => Promise.reject(new Error('You may not read it.'))),
}

/** The gateway that a command of users receives. */
async function gatewayOf(args: string, env: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
  let gateway: string | undefined
  const program = new Command()
  const token = program.command('token')
  token
    .command('list')
    .option('--gateway <url>')
    .action((options) => {
      gateway = options.gateway
    })
  const find = (name: string) => {
    const found = DEPLOYMENTS[name]
    if (found === undefined) throw new UsageError(`There is no environment ${name}.`)
    return found
  }
  addEnvironmentOption(program, find, env)
  await program.parseAsync(['token', 'list', ...args.split(' ').filter(Boolean)], { from: 'user' })
  return gateway
}

describe('a command of users in the operator checkout', () => {
  it.each([
    ['', {}, undefined],
    ['--env production', {}, 'https://uploads.example.org'],
    ['', { UPLINK_ENV: 'production' }, 'https://uploads.example.org'],
    [
      '--env staging',
      { UPLINK_ENV: 'production', CKAN_UPLINK_GATEWAY: 'https://other.example.org' },
      'https://staging.example.org',
    ],
    ['', { UPLINK_ENV: 'production', CKAN_UPLINK_GATEWAY: 'https://other.example.org' }, undefined],
    ['--gateway https://here.example.org', { UPLINK_ENV: 'hidden' }, 'https://here.example.org'],
    ['--env trial', {}, 'https://chosen.example.net'],
    ['--env hidden', { CKAN_UPLINK_GATEWAY: 'https://mine.example.net/' }, 'https://mine.example.net'],
  ])('with %j and the variables %j uses %s', async (args, env: Readonly<Record<string, string>>, gateway) => {
    expect(await gatewayOf(args, env)).toBe(gateway)
  })

  it.each([
    ['--env nowhere', 'There is no environment nowhere.'],
    ['--env hidden', 'You may not read it. Give it with --gateway or CKAN_UPLINK_GATEWAY'],
  ])('refuses %j', async (args, words) => {
    await expect(gatewayOf(args)).rejects.toThrow(words)
  })
})
