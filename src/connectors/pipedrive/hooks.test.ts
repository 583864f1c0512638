import { manualClock } from '../../platform/clock.ts';
import { hooksContract } from '../kit/testing/hooks-contract.ts';
import { createPipedriveEmulator } from './emulator/emulator.ts';
import { hashOf } from './emulator/state.ts';
import { manifest } from './manifest.ts';

hooksContract('pipedrive', {
  manifest,
  open: () => {
    const clock = manualClock(Date.UTC(2026, 10, 24));
    const emulator = createPipedriveEmulator({ clock });
    return { emulator, clock, credentials: emulator.credentials, subscribed: () => emulator.webhooks.webhooks.size };
  },
  field: { hub: 'city', crm: hashOf('City') },
  expires: false,
  // Calls are not signed; the password is all there is.
  forge: (request) => ({
    ...request,
    headers: new Headers({ authorization: `Basic ${Buffer.from('tandem:guessed').toString('base64')}` }),
  }),
});
