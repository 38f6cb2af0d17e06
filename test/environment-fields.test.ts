import { ConfigurationError } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { environments } from '../environments.ts'
import type { Environment } from '../infra/environment.ts'
import { findEnvironment } from '../infra/find-environment.ts'

const NAMES = Object.keys(environments)

/** The faults of a changed example. The change may have a type that the compiler would refuse. */
function faultsOf(name: string, change: object): readonly string[] {
  try {
    findEnvironment({ [name]: { ...environments[name], ...change } as Environment }, name)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults
    throw error
  }
  return []
}

describe.each(NAMES)('%s, with mistakes', (name) => {
  it.each(['requireUploadRecords', 'regoin', 'CKAN_URL', 'ckanConcurrency', 'constructor'])(
    'is refused with the field %s, which would have no effect',
    (field) => {
      expect(faultsOf(name, { [field]: true })).toEqual([expect.stringContaining(`: There is no field ${field} for `)])
    },
  )

  it.each([
    ['alarmEmails', 'ops@example.org', 'a list of e-mail addresses'],
    ['allowedOrigins', 'https://data.example.org', 'a list of origins'],
    ['alarmEmails', [7], 'e-mail addresses'],
    ['allowedOrigins', ['data.example.org'], 'origins such as'],
    ['reconcileNightly', 'no', 'true or false'],
  ])('gets one fault that says that %s cannot be %j', (field, value, words) => {
    expect(faultsOf(name, { [field]: value })).toEqual([
      expect.stringMatching(new RegExp(`: ${field} .*: give ${words}`, 'u')),
    ])
  })

  it.each(['16', undefined, 0])('gets one fault for %j calls to CKAN at once', (ckanCallsAtOnce) => {
    expect(faultsOf(name, { ckanCallsAtOnce })).toEqual([expect.stringContaining(': ckanCallsAtOnce is ')])
  })
})

describe('an AWS account', () => {
  it('is a string: a number may lose its leading zeros', () => {
    expect(faultsOf('aws-example', { accountId: 123_456_789_012 })).toContainEqual(
      expect.stringContaining('give its 12 digits as a text'),
    )
  })
})
