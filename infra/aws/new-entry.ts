import { type Answers, addressOf, askTool, type NewEntry } from '../new-entry.ts'

export const newEntry: NewEntry = {
  questions: [
    {
      flag: 'account',
      text: 'AWS account, 12 digits',
      propose: () => askTool('aws', 'sts', 'get-caller-identity', '--query', 'Account', '--output', 'text'),
    },
    { flag: 'region', text: 'Region', propose: findRegion },
    { flag: 'host', text: "The gateway's host; empty for a trial at the API's own address", isOptional: true },
    {
      flag: 'certificate',
      text: "ARN of the host's certificate, in the same region",
      applies: hasHost,
      propose: ({ region = '', host = '' }) => findCertificate(region, hostOf(host)),
    },
    {
      flag: 'zone',
      text: "Id of the host's zone in Route 53; empty if your DNS is elsewhere",
      isOptional: true,
      applies: hasHost,
      propose: ({ host = '' }) => findZone(hostOf(host)),
    },
  ],
  fieldsOf: ({ account, region, host, certificate, zone }) => ({
    accountId: account,
    region,
    ...(host
      ? { gatewayUrl: addressOf(host), certificateArn: certificate, ...(zone && { hostedZoneId: zone }) }
      : { gatewayBy: 'execute-api' }),
    keepRemovedDays: 7,
  }),
  secretName: (name) => `ckan-uplink/${name}/ckan-token`,
  firstCommand: (name) => `npm run cdk -- ${name} bootstrap`,
}

/** The variables come first, as for the AWS CLI itself. */
async function findRegion(): Promise<string | undefined> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  return AWS_REGION || AWS_DEFAULT_REGION || askTool('aws', 'configure', 'get', 'region')
}

function hasHost({ host = '' }: Answers): boolean {
  return host !== ''
}

function hostOf(text: string): string {
  return new URL(addressOf(text)).hostname
}

/** The certificate of the host, or of all hosts of its domain. */
async function findCertificate(region: string, host: string): Promise<string | undefined> {
  const names = [host, host.replace(/^[^.]+/u, '*')]
  for (const name of names) {
    const query = `CertificateSummaryList[?DomainName=='${name}'].CertificateArn | [0]`
    const list = ['acm', 'list-certificates', '--certificate-statuses', 'ISSUED', '--region', region]
    const found = await askTool('aws', ...list, '--query', query, '--output', 'text')
    if (found !== undefined) return found
  }
  return undefined
}

/** The zone with the longest name that the host ends in. */
async function findZone(host: string): Promise<string | undefined> {
  const labels = host.split('.')
  for (let from = 1; from < labels.length - 1; from += 1) {
    const query = `HostedZones[?Name=='${labels.slice(from).join('.')}.'].Id | [0]`
    const found = await askTool('aws', 'route53', 'list-hosted-zones', '--query', query, '--output', 'text')
    if (found !== undefined) return found.replace('/hostedzone/', '')
  }
  return undefined
}
