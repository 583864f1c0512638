import { manualClock } from '../../platform/clock.ts';
import { connectorContract } from '../kit/testing/connector-contract.ts';
import { inOtherWords } from '../kit/testing/other-words.ts';
import { answersAlike } from '../kit/testing/recordings.ts';
import { roundTripContract } from '../kit/testing/round-trip.ts';
import { createSalesforceEmulator } from './emulator/emulator.ts';
import { plantEveryType, VENDOR_TYPES } from './emulator/every-type.ts';
import { manifest } from './manifest.ts';

const words = {
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
  companies: {
    kind: 'contact' as const,
    email: 'Email',
    field: 'AccountId',
    needed: { LastName: 'L' },
    path: '/composite/sobjects',
  },
  deletion: { method: 'DELETE' as const, path: '/composite/sobjects', tellsMerges: true },
  deviations: [],
};
connectorContract('salesforce', words);
connectorContract('salesforce in other words', {
  ...words,
  open: () => {
    const bench = words.open();
    const emulator = inOtherWords(bench.emulator, {
      // Fields of rows are null where they are empty, documented so; what stands around them may be left out.
      leavesOutNull: (key) => /^[a-z]/.test(key),
      isText: (key) => key === 'totalSize',
      reword: (_key, value) =>
        typeof value === 'string' ? value.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.000\+0000$/, '$1Z') : value,
    });
    return { ...bench, emulator };
  },
});
roundTripContract('salesforce', {
  ...words,
  everyType: ({ state }) => plantEveryType(state),
  vendorTypes: VENDOR_TYPES,
  apart: {
    OwnerId: 'names a person of the CRM, chosen by the map of owners and not by a mapping',
    Status: 'a new lead gets the first status by itself where none is given',
    LeadSource: 'an open list that takes any text; Every_OpenBranch__c is the same and is tested',
  },
});

const ORG = 'https://emulated.my.salesforce.test';
const { clientId, clientSecret } = createSalesforceEmulator({ clock: manualClock(0) }).credentials;
const credentials = new URLSearchParams({
  grant_type: 'client_credentials',
  client_id: clientId,
  client_secret: clientSecret,
}).toString();
answersAlike('salesforce', {
  at: import.meta.url,
  url: ORG,
  open: () => createSalesforceEmulator({ clock: manualClock(Date.UTC(2026, 10, 24)) }),
  words: { credentials },
  session: async (emulator) => {
    const answer = await emulator.request(`${ORG}/services/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: credentials,
    });
    return { authorization: `Bearer ${((await answer.json()) as { access_token: string }).access_token}` };
  },
});
