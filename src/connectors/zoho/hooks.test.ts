import { manualClock } from '../../platform/clock.ts';
import { hooksContract } from '../kit/testing/hooks-contract.ts';
import { createZohoEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

hooksContract('zoho', {
  manifest,
  open: () => {
    const clock = manualClock(Date.UTC(2026, 10, 24));
    const emulator = createZohoEmulator({ clock });
    return {
      emulator,
      clock,
      credentials: emulator.credentials,
      subscribed: () => emulator.notifications.channels.size,
    };
  },
  field: { hub: 'city', crm: 'City' },
  expires: true,
  // Calls are not signed; the token in the body is all there is.
  forge: (request) => ({ ...request, body: request.body.replace(/"token":"[^"]*"/, '"token":"guessed"') }),
});
