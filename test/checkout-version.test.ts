import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { checkoutVersion } from '../infra/checkout-version.ts'
import { settingsOf, variablesOf } from '../infra/environment-settings.ts'
import { good } from './support/environments.ts'

describe('the version of a deployment', () => {
  it('names the commit of the checkout', () => {
    const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim()
    expect(checkoutVersion()).toMatch(new RegExp(`^\\d+\\.\\d+\\.\\d+\\+${commit}(?:\\.dirty)?$`, 'u'))
  })

  it('is a variable of the programs', () =>
    expect(variablesOf(settingsOf(good))['UPLINK_VERSION']).toBe(checkoutVersion()))
})
