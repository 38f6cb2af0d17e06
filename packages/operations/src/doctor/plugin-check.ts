import type { Settings } from '@ckan-uplink/core/settings'
import { isObject } from '@ckan-uplink/core/support'
import { type Check, type CheckResult, hint, request, right, wrong } from './check.ts'

const NO_RESOURCE = '00000000-0000-0000-0000-000000000000'

const LOADS_FAIL = wrong(
  'loadPrivate is on, but no plugin lets xloader read private files: each of their loads fails.',
  'Add xloader 2.6 and uplink to ckan.plugins, or take loadPrivate out of the entry and deploy.',
)

interface PluginStatus {
  readonly version: string
  readonly grant: string | undefined
  readonly loadsPrivateFiles: boolean
  /** Older versions do not know the action. */
  readonly knowsUploadAction: boolean
  /** By the type of datasets: whether the forms have the field for a file. `null`: the plugin cannot know. */
  readonly forms: Readonly<Record<string, unknown>>
}

/**
 * Checks that CKAN's plugin and the gateway fit: address, secret, clocks, and the origin of CKAN's pages. The plugin
 * gives a grant for a resource that does not exist. The gateway accepts the grant, and finds no file, or says what
 * differs.
 */
export function pluginChecks(settings: Settings): readonly Check[] {
  const { ckanUrl, ckanSiteUrl, uploadLinks, filesStorage } = settings
  const alone = filesStorage === undefined ? '' : ', and files_file_create needs the bytes'
  return [
    {
      name: 'plugin for CKAN',
      adviceOnError: 'Check that CKAN and the gateway answer at this address, and see their logs.',
      async run() {
        const response = await request(`${ckanSiteUrl ?? ckanUrl}/uplink/status`)
        if (response.status === 404 && uploadLinks) return withoutLinks('the plugin is not installed')
        if (response.status === 404 && needsPlugin(settings)) return LOADS_FAIL
        if (response.status === 404)
          return hint(`it is not installed: without it, browsers upload in no form and open no private files${alone}`)
        const said = readStatus(await response.json().catch(() => undefined))
        if (response.ok && said !== undefined) return checkPlugin(settings, said)
        return wrong(
          `/uplink/status answers ${response.status}, which is not the answer of the plugin.`,
          'Install the present version of ckanext-uplink: see docs/ckan-plugin.md.',
        )
      },
    },
  ]
}

async function checkPlugin(settings: Settings, said: PluginStatus): Promise<CheckResult> {
  const { ckanUrl, ckanSiteUrl, gatewayUrl, allowedOrigins, uploadLinks, filesStorage } = settings
  const checked = await checkGrant(gatewayUrl, said)
  if (checked.state !== 'right') return checked
  if (uploadLinks && !(await answersChecks(ckanUrl, 'check'))) return withoutLinks(`version ${said.version} is too old`)
  if (needsPlugin(settings) && !said.loadsPrivateFiles) return LOADS_FAIL
  const result = checkOrigin(ckanSiteUrl ?? ckanUrl, allowedOrigins, checked)
  if (result.state !== 'right') return result
  const hidden = typesOf(said, false)
  if (hidden !== '')
    return wrong(
      `${result.found}. But the form for resources of ${hidden} lacks the field for a file: a theme replaces its template.`,
      'Begin resource_form.html and resource_edit_form.html of the theme with {% ckan_extends %}: see docs/ckan-plugin.md.',
    )
  const unknown = typesOf(said, null)
  if (unknown !== '') return hint(`${result.found}; the form for resources of ${unknown} could not be checked: open it`)
  const tooOld = (what: string) => hint(`${result.found}; it is too old ${what}: install the present version`)
  if (!said.knowsUploadAction) return tooOld("to give upload URLs in CKAN's own API")
  const lacksFiles = filesStorage !== undefined && !(await answersChecks(ckanUrl, 'check-file'))
  return lacksFiles ? tooOld('for files_file_create without bytes') : result
}

/** Whether xloader reads private files by the plugin. At a public host it needs no grant. */
function needsPlugin({ loadPrivate, publicBucketUrl }: Settings): boolean {
  return loadPrivate && publicBucketUrl === undefined
}

function typesOf({ forms }: PluginStatus, has: false | null): string {
  const types = Object.keys(forms).filter((type) => forms[type] === has)
  return types.map((type) => JSON.stringify(type)).join(', ')
}

function readStatus(said: unknown): PluginStatus | undefined {
  const { version, grant, loads_private_files, has_upload_action, forms } = isObject(said) ? said : {}
  if (typeof version !== 'string') return undefined
  const given = typeof grant === 'string' ? grant : undefined
  return {
    version,
    grant: given,
    loadsPrivateFiles: loads_private_files === true,
    knowsUploadAction: has_upload_action !== undefined,
    forms: isObject(forms) ? forms : {},
  }
}

async function checkGrant(
  gatewayUrl: string,
  { version, grant, loadsPrivateFiles }: PluginStatus,
): Promise<CheckResult> {
  if (grant === undefined)
    return wrong(
      `version ${version} has no secret.`,
      'Set ckanext.uplink.grant_secret in CKAN: see docs/ckan-plugin.md.',
    )
  const address = `${gatewayUrl}/resource/${NO_RESOURCE}/download/${'0'.repeat(16)}/doctor?grant=${grant}`
  const response = await request(address)
  const text = await response.text()
  if (response.status === 404 && text.includes('The resource has no such file'))
    return right(
      `version ${version}: the gateway accepts its grants; ${loadsPrivateFiles ? 'xloader loads' : 'no xloader loads'} private files`,
    )
  if (response.status === 404)
    return wrong('the gateway has no secret for grants.', 'Give the entry a grantSecret, and deploy.')
  return wrong(
    `the gateway does not accept the grants of version ${version}: ${reasonIn(text)}`,
    'Compare ckanext.uplink.gateway_url and ckanext.uplink.grant_secret in CKAN with the entry, and both clocks.',
  )
}

function withoutLinks(reason: string): CheckResult {
  return wrong(
    `uploadLinks is on, but CKAN cannot say whether the creator of a link may still upload: ${reason}.`,
    'Install the present version of ckanext-uplink: see docs/ckan-plugin.md.',
  )
}

/** The plugin refuses a question that no gateway has signed. Older versions do not know the address. */
async function answersChecks(ckanUrl: string, address: 'check' | 'check-file'): Promise<boolean> {
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify({ request: 'doctor' })
  return (await request(`${ckanUrl}/uplink/${address}`, { method: 'POST', headers, body })).status === 403
}

/** CKAN's form and its page for uploads call the gateway and the store from CKAN's own origin. */
function checkOrigin(ckan: string, allowedOrigins: readonly string[], checked: CheckResult): CheckResult {
  const { origin } = new URL(ckan)
  if (allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return checked
  return wrong(
    `${checked.found}. But browsers refuse uploads from CKAN's pages: ${origin} is not an allowed origin.`,
    `Add ${origin} to allowedOrigins, and deploy.`,
  )
}

function reasonIn(text: string): string {
  const reason = /is not valid\. ([^"]*?) Open the file/u.exec(text)?.[1]
  return reason ?? text.slice(0, 200)
}
