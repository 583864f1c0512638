import { manualClock } from '../../platform/clock.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { createHubSpotEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

connectorContract('hubspot', {
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
  paths: { api: '/crm', create: '/batch/create' },
  deviations: [],
});
