import { readFileSync } from 'node:fs';
import { version as platformVersion } from 'zapier-platform-core';
import { authentication } from './authentication.js';
import { explainRefusal, sendKey } from './call.js';
import { createOrUpdateContact } from './creates/create-or-update-contact.js';
import { logEvent } from './creates/log-event.js';
import { findContact } from './searches/find-contact.js';
import { triggers } from './triggers.js';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const byKey = (list) => Object.fromEntries(list.map((one) => [one.key, one]));

/** The app as Zapier reads it. Keys of triggers, actions, searches and their fields never change: people's Zaps hold them. */
export const App = {
  version,
  platformVersion,
  authentication,
  beforeRequest: [sendKey],
  afterResponse: [explainRefusal],
  triggers: byKey(triggers),
  creates: byKey([createOrUpdateContact, logEvent]),
  searches: byKey([findContact]),
  searchOrCreates: {
    find_contact: {
      key: 'find_contact',
      display: { label: 'Find or Create Contact', description: 'Finds a contact by e-mail, or creates it.' },
      search: 'find_contact',
      create: 'create_or_update_contact',
    },
  },
};

// Zapier's wrapper takes the default export.
export default App;
