import type { AwsEnvironment } from './environment.ts'

/** One sentence for each thing that AWS would refuse, or that contradicts itself. */
export function* checkAws({ accountId, region }: AwsEnvironment): Iterable<string> {
  if (!/^\d{12}$/u.test(accountId)) yield 'accountId is not an AWS account: give its 12 digits.'
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/u.test(region)) yield 'region is not one of AWS: give its code, such as eu-central-1.'
}
