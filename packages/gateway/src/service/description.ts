import { once } from '@ckan-uplink/core/support'
import { describeGateway, withoutExamples } from '../openapi/document.ts'

/**
 * The API description without examples and servers. Bundles hold this module with the result instead of the generator,
 * which is larger: `packedDescription`.
 */
export const readDescription = once(async () => withoutExamples(describeGateway()))
