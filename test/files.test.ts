import { startCkanStandIn } from '@ckan-uplink/testing'
import { expect, it } from 'vitest'
import { describeFiles } from './support/describe-files.ts'
import { startGateway } from './support/gateway-before-ckan.ts'

describeFiles('the stand-in as CKAN 2.11 with ckanext-files', 'extension', () =>
  startCkanStandIn({ version: '2.11', extensions: ['files'] }),
)
describeFiles('the stand-in as CKAN 2.12', 'core', () => startCkanStandIn({ version: '2.12' }))

it.each(['2.10', '2.11'] as const)('a CKAN %s without files says what to install', async (version) => {
  const site = await startCkanStandIn({ version })
  const { act, calls } = startGateway(site.url, {})
  for (const action of ['files_file_show', 'files_file_scan', 'files_file_delete']) {
    const { status, text } = await act(action, site.tokens.editor, { id: 'x' })
    expect([status, JSON.parse(text)]).toEqual([
      400,
      'Bad request - This CKAN has no files: install ckanext-files or use CKAN 2.12',
    ])
  }
  expect(calls).toEqual(['files_file_show', 'file_show'])
  await site.close()
})
