import { manualClock } from '../../platform/clock.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { answersAlike } from '../kit/testing/recordings.ts';
import { roundTripContract } from '../kit/testing/round-trip.ts';
import { createHubSpotEmulator } from './emulator/emulator.ts';
import { plantEveryType, VENDOR_TYPES } from './emulator/every-type.ts';
import { manifest } from './manifest.ts';

const words = {
  manifest,
  open: () => {
    const clock = manualClock(Date.UTC(2026, 10, 24));
    const emulator = createHubSpotEmulator({ clock });
    return { emulator, clock, credentials: { method: 'token', accessToken: emulator.token } };
  },
  keys: { email: 'email', firstName: 'firstname', city: 'city' },
  needed: {},
  refused: { field: 'lifecyclestage', value: 'no such stage' },
  linkBack: 'tandem_url',
  companies: {
    kind: 'lead' as const,
    email: 'email',
    field: 'company',
    needed: {},
    connection: { companyRecords: true },
    path: '/companies/batch/create',
  },
  paths: { api: '/crm', create: '/batch/create' },
  deletion: { method: 'POST' as const, path: '/batch/archive', tellsMerges: true },
  deviations: [],
};
connectorContract('hubspot', words);
roundTripContract('hubspot', {
  ...words,
  everyType: ({ state }) => plantEveryType(state),
  vendorTypes: VENDOR_TYPES,
  apart: {
    lifecyclestage: 'moves forward only; a step back is kept out by the vendor and told as not_stored',
    hubspot_owner_id: 'names a person of the CRM, chosen by the map of owners and not by a mapping',
  },
});

answersAlike('hubspot', {
  at: import.meta.url,
  url: 'https://api.hubapi.com',
  open: () => createHubSpotEmulator({ clock: manualClock(Date.UTC(2026, 10, 24)) }),
  session: () => ({ authorization: `Bearer ${createHubSpotEmulator({ clock: manualClock(0) }).token}` }),
});
