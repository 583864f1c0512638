import { manualClock } from '../../platform/clock.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { createSalesforceEmulator } from './emulator/emulator.ts';
import { manifest } from './manifest.ts';

connectorContract('salesforce', {
  manifest,
  open: () => {
    const clock = manualClock(Date.UTC(2026, 10, 24));
    const emulator = createSalesforceEmulator({ clock });
    return {
      emulator,
      clock,
      credentials: { ...emulator.credentials, loginUrl: 'https://emulated.my.salesforce.test' },
    };
  },
  keys: { email: 'Email', firstName: 'FirstName', city: 'City' },
  needed: { LastName: 'L', Company: 'Acme' },
  refused: { field: 'City', value: 'x'.repeat(41) },
  linkBack: 'Tandem_Url__c',
  paths: { api: '/services/data', create: '/composite' },
  deviations: [],
});
