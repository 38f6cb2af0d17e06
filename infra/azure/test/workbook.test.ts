import { describe, expect, it } from 'vitest'
import { deployWithMocks, idOf } from './support/deploy-with-mocks.ts'
import { least } from './support/environments.ts'

describe('the workbook', () => {
  it('shows the figures of the logs, in the workspace of the deployment', async () => {
    const { inputs } = (await deployWithMocks('staging', least)).only('Workbook')
    const workspace = idOf('Workspace', 'staging')
    expect(inputs).toMatchObject({ displayName: 'ckan-uplink staging', sourceId: workspace })
    const { items, fallbackResourceIds } = JSON.parse(String(inputs['serializedData']))
    expect(fallbackResourceIds).toEqual([workspace])
    expect(items.map(({ name }: { readonly name: string }) => name)).toEqual([
      'Upload URLs',
      'Outcomes',
      'Seconds from the upload to its link',
      'Answers of the gateway',
      'Parked messages',
      'Why uploads wait',
      'Failures of the gateway, of CKAN among them',
    ])
  })

  it('keeps its name at the next deployment, and has another one in another environment', async () => {
    const nameIn = async (environment: string) =>
      (await deployWithMocks(environment, least)).only('Workbook').inputs['resourceName']
    expect(await nameIn('staging')).toBe(await nameIn('staging'))
    expect(await nameIn('staging')).not.toBe(await nameIn('production'))
  })
})
