import type { STSClient } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import { accountCheck as awsAccount } from '../../src/clouds/aws/account-check.ts'
import { accountCheck as azureAccount } from '../../src/clouds/azure/account-check.ts'
import { accountCheck as cloudflareAccount } from '../../src/clouds/cloudflare/account-check.ts'

function onAws(account: string) {
  const send = async () => ({ Account: account, Arn: `arn:aws:iam::${account}:user/anna` })
  return awsAccount({ send: send as unknown as STSClient['send'] }, '123456789012').run()
}

function onCloudflare(accounts: readonly object[] | Error) {
  const list = async () => (accounts instanceof Error ? Promise.reject(accounts) : accounts)
  return cloudflareAccount({ accounts: list as never }, 'a1').run()
}

function onAzure(subscription: object | undefined) {
  return azureAccount({ get: async () => subscription as never }, 's1').run()
}

describe('credentials', () => {
  it('belong to the account of the entry', async () => {
    expect(await onAws('123456789012')).toMatchObject({ state: 'right', found: expect.stringContaining('user/anna') })
    expect(await onCloudflare([{ id: 'a1', name: 'City' }])).toMatchObject({ state: 'right', found: 'City (a1)' })
    expect(await onAzure({ displayName: 'City', state: 'Enabled' })).toMatchObject({
      state: 'right',
      found: 'City (s1)',
    })
  })

  it('of another account are named with both accounts', async () => {
    expect(await onAws('210987654321')).toEqual({
      state: 'wrong',
      found:
        'Your credentials are those of arn:aws:iam::210987654321:user/anna in the account 210987654321, but the entry is for 123456789012.',
      what_to_do: 'Sign in to 123456789012, for example with another AWS_PROFILE.',
    })
    expect(await onCloudflare([{ id: 'b2', name: 'Private' }])).toMatchObject({
      state: 'wrong',
      found: 'CLOUDFLARE_API_TOKEN is a token of Private (b2), but the entry is for a1.',
    })
    expect(await onAzure(undefined)).toMatchObject({
      state: 'wrong',
      found: expect.stringContaining('does not see the subscription s1'),
    })
  })

  it('that say nothing about their account are no fault', async () => {
    expect(await onCloudflare([])).toMatchObject({ state: 'hint' })
    expect(await onCloudflare(new Error('refused'))).toMatchObject({ state: 'hint' })
    expect(await azureAccount(undefined, 's1').run()).toMatchObject({ state: 'hint' })
  })

  it('do not help for a disabled subscription', async () => {
    expect(await onAzure({ displayName: 'Trial', state: 'Disabled' })).toMatchObject({ state: 'wrong' })
  })
})
