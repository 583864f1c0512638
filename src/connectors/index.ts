import { manifest as hubspot } from './hubspot/manifest.ts';
import type { Manifest } from './kit/connector.ts';
import { manifest as pipedrive } from './pipedrive/manifest.ts';
import { manifest as salesforce } from './salesforce/manifest.ts';
import { manifest as sapC4c } from './sap-c4c/manifest.ts';
import { manifest as zendeskSell } from './zendesk-sell/manifest.ts';
import { manifest as zoho } from './zoho/manifest.ts';

/** The list of connectors: one line each, in the order of the screen. */
const MANIFESTS: readonly Manifest[] = [salesforce, pipedrive, zoho, hubspot, zendeskSell, sapC4c];

export const manifests: ReadonlyMap<string, Manifest> = new Map(MANIFESTS.map((manifest) => [manifest.id, manifest]));
