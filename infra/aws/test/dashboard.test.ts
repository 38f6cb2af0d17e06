import { describe, expect, it } from 'vitest'
import { least } from './support/environments.ts'
import { type Synthesised, synthesise } from './support/synthesise.ts'

interface Widget {
  readonly type: 'log' | 'metric'
  readonly properties: {
    readonly title: string
    readonly query?: string
    readonly metrics?: readonly (readonly unknown[])[]
  }
}

/** The body of the dashboard, with each reference as the name of its resource. */
function widgetsOf({ only, resources }: Synthesised): readonly Widget[] {
  const nameOf = (id: string) => {
    const { FunctionName, LogGroupName, QueueName } = resources.find((one) => one.id === id)?.Properties ?? {}
    return FunctionName ?? LogGroupName ?? QueueName ?? id
  }
  const { DashboardBody } = only('CloudWatch::Dashboard').Properties
  const [, parts] = (DashboardBody as { readonly 'Fn::Join': readonly [string, readonly unknown[]] })['Fn::Join']
  const text = parts.map((part) => {
    if (typeof part === 'string') return part
    const { Ref, 'Fn::GetAtt': attribute } = part as {
      readonly Ref?: string
      readonly 'Fn::GetAtt'?: readonly string[]
    }
    return nameOf(Ref ?? attribute?.[0] ?? '')
  })
  return JSON.parse(text.join('')).widgets
}

describe('the dashboard', () => {
  it('has the name of the stack, and the figures of uploads, links, waiting and parked messages', () => {
    const synthesised = synthesise('staging', least)
    expect(synthesised.only('CloudWatch::Dashboard').Properties['DashboardName']).toBe('ckan-uplink-staging')
    expect(widgetsOf(synthesised).map(({ type, properties: { title } }) => `${type}: ${title}`)).toEqual([
      'log: Upload URLs',
      'log: Outcomes',
      'log: Seconds from the upload to its link',
      'metric: Messages that wait',
      'log: Parked messages',
      'log: Why uploads wait',
      'log: Failures of the gateway, of CKAN among them',
      'metric: Answers of the gateway',
    ])
  })

  it('shows why the gateway failed: its requests have a message, its checks a reason', () => {
    const failures = widgetsOf(synthesise('staging', least)).find(({ properties }) =>
      /^Failures/u.test(properties.title),
    )
    expect(failures?.properties.query).toContain('coalesce(message, reason) as why')
  })

  it("asks the functions' own logs", () => {
    const queries = widgetsOf(synthesise('staging', least)).flatMap(({ properties: { title, query } }) =>
      query === undefined ? [] : [[title, [...query.matchAll(/SOURCE '([^']+)'/gu)].map(([, group]) => group)]],
    )
    const [gateway, linker, reconcile] = ['gateway', 'linker', 'reconcile'].map(
      (kind) => `/aws/lambda/ckan-uplink-staging-${kind}`,
    )
    expect(Object.fromEntries(queries)).toEqual({
      'Upload URLs': [gateway],
      Outcomes: [linker, reconcile],
      'Seconds from the upload to its link': [linker],
      'Parked messages': [linker, reconcile],
      'Why uploads wait': [linker, reconcile],
      'Failures of the gateway, of CKAN among them': [gateway],
    })
  })
})
