import { readLinkerConfig, settingNames, WEBHOOKS_BINDING } from '@ckan-uplink/cloudflare'
import { type EnvVars, SettingsReader } from '@ckan-uplink/core/settings'
import { settingsAt } from './miniflare-options.ts'

/** The local edition decides about these itself. */
const FIXED =
  /^(?:CKAN_URL|GATEWAY_URL|BUCKET_NAME|KEY_PREFIX|ALLOW_HTTP_CKAN|MAX_RETRIES|R2_.*|.*_SECRETS|CKAN_API_TOKEN)$/u
const SOMEWHERE = 'http://127.0.0.1'

/**
 * The Workers' settings that the person at this machine gives as environment variables. Throws `ConfigurationError`
 * with every fault, which the Workers would only report in each of their answers.
 */
export function readOwnSettings(env: EnvVars): Readonly<Record<string, string>> {
  const reader = new SettingsReader(env)
  const names = [...settingNames('gateway'), ...settingNames('linker')]
  const given = [...new Set(names)].filter((name) => !FIXED.test(name))
  const own = given.flatMap((name) => {
    const value = reader.optionalText(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  // The person at this machine chose the CKAN, and only for this machine.
  const settings = { ALLOW_HTTP_CKAN: 'true', ...Object.fromEntries(own) }
  readLinkerConfig({
    ...settingsAt({ gateway: SOMEWHERE, storage: SOMEWHERE, ckan: SOMEWHERE }),
    ...settings,
    CKAN_API_TOKEN: 'token',
    WEBHOOK_SECRETS: env['WEBHOOK_SECRETS'],
    BUCKET: { head() {} },
    [WEBHOOKS_BINDING]: { send() {} },
  })
  return settings
}
