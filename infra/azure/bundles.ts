import { type Files, staticFolder } from '@ckan-uplink/static-files'
import { bundleForNode } from '../bundle-node.ts'
import type { Bundle } from '../cloud.ts'
import { EVENT_ATTEMPTS } from './names.ts'

/** https://learn.microsoft.com/azure/azure-functions/functions-host-json */
const HOST = {
  version: '2.0',
  // It contains the Event Grid trigger.
  extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
  // The paths of the gateway have no prefix.
  extensions: {
    http: { routePrefix: '' },
    // An undelivered event waits five minutes each time, for three days.
    queues: { visibilityTimeout: '00:05:00', maxDequeueCount: EVENT_ATTEMPTS, batchSize: 8 },
  },
  // The reconciliation of a whole bucket needs it. A request ends within 230 s and a batch of events within 30 s.
  functionTimeout: '01:00:00',
  // The log has to contain every outcome, so sampling excludes it.
  logging: { applicationInsights: { samplingSettings: { isEnabled: true, excludedTypes: 'Request;Trace;Exception' } } },
}

const PACKAGE = { name: 'ckan-uplink-functions', private: true, type: 'module', main: 'functions.js' }

/**
 * The function app's folder as it deploys: the content of each file by its name. It needs no installation, because
 * Azure's language worker provides its only external package, `@azure/functions-core`.
 */
export async function packageFunctionApp(): Promise<Files> {
  return {
    'host.json': JSON.stringify(HOST, undefined, 2),
    'package.json': JSON.stringify(PACKAGE, undefined, 2),
    'functions.js': await bundleForNode('@ckan-uplink/azure/functions', { external: ['@azure/functions-core'] }),
    ...(await staticFolder()),
  }
}

export const bundles: readonly Bundle[] = [{ folder: 'azure', maxBytes: 1_630_000, files: packageFunctionApp }]
