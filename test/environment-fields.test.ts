import { ConfigurationError } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { environments } from '../environments.ts'
import type { Environment } from '../infra/environment.ts'
import { findEnvironment } from '../infra/find-environment.ts'

const NAMES = Object.keys(environments)

/** What is said of the example of this name when it is changed, as somebody might whom no compiler has warned. */
function faultsOf(name: string, change: object): readonly string[] {
  try {
    findEnvironment({ [name]: { ...environments[name], ...change } as Environment }, name)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults
    throw error
  }
  return []
}

describe.each(NAMES)('%s, written by somebody in a hurry', (name) => {
  it.each(['requireUploadRecords', 'regoin', 'CKAN_URL', 'ckanConcurrency', 'constructor'])(
    'is refused with the field %s, which would go unheard',
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
  ])('is told once that %s can not be %j', (field, value, words) => {
    expect(faultsOf(name, { [field]: value })).toEqual([
      expect.stringMatching(new RegExp(`: ${field} .*: give ${words}`, 'u')),
    ])
  })

  it.each(['16', undefined, 0])('is told once that CKAN can not see %j calls', (ckanCallsAtOnce) => {
    expect(faultsOf(name, { ckanCallsAtOnce })).toEqual([expect.stringContaining(': ckanCallsAtOnce is ')])
  })
})

describe('an account of AWS', () => {
  it('is a text: as a number it may lose the digits that it begins with', () => {
    expect(faultsOf('aws-example', { accountId: 123_456_789_012 })).toContainEqual(
      expect.stringContaining('give its 12 digits as a text'),
    )
  })
})
