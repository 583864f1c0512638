import { call } from '../call.js';
import { contactFields, sampleContact, toContact } from '../contact.js';

async function find(z, bundle) {
  const email = encodeURIComponent(String(bundle.inputData.email ?? '').trim());
  const response = await call(z, bundle, { path: `/contacts/${email}`, skipThrowForStatus: true });
  if (response.status === 404) return [];
  response.throwForStatus();
  return [toContact(response.data)];
}

export const findContact = {
  key: 'find_contact',
  noun: 'Contact',
  display: { label: 'Find Contact', description: 'Finds a contact by e-mail.' },
  operation: {
    inputFields: [{ key: 'email', label: 'E-mail', type: 'string', required: true }],
    perform: find,
    sample: sampleContact,
    outputFields: [{ key: 'id', label: 'Id of the contact' }, ...contactFields],
  },
};
