import { API_DESCRIPTION } from '../service/description.ts'
import { describeGateway, withoutExamples } from './document.ts'

/** The gateway's own static files, by name. A deployment keeps them beside the program. */
export function gatewayFiles(): Readonly<Record<string, string>> {
  return { [API_DESCRIPTION]: JSON.stringify(withoutExamples(describeGateway())) }
}
