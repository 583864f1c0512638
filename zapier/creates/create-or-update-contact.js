import { call } from '../call.js';
import { contactFields, sampleContact, toContact } from '../contact.js';

const TYPES = { boolean: 'boolean', number: 'number', date: 'string', datetime: 'datetime', long_text: 'text' };

/** Every field of this instance that can be written, custom ones included. */
async function writableFields(z, bundle) {
  const { data } = await call(z, bundle, { path: '/fields' });
  return data.items
    .filter((field) => field.key !== 'email' && !field.calculated && (field.writableOnUpdate || field.writableOnCreate))
    .map((field) => ({ key: field.key, label: field.label, type: TYPES[field.type] ?? 'string', required: false }));
}

/** What was left empty in the Zap is left alone, not cleared. */
const filled = (input) =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== '' && value != null));

const REFUSED = 422;

/** A change where the address is known, else a new contact; two Zaps at once make one. */
async function save(z, bundle) {
  const fields = filled(bundle.inputData);
  const path = `/contacts/${encodeURIComponent(String(fields.email ?? '').trim())}`;
  const change = (skipThrowForStatus) =>
    call(z, bundle, { method: 'PATCH', path, body: { fields }, skipThrowForStatus });
  const changed = await change(true);
  if (changed.status < 400) return toContact(changed.data);
  if (changed.status !== 404) return toContact((await change(false)).data);
  const made = await call(z, bundle, { method: 'POST', path: '/contacts', body: { fields }, skipThrowForStatus: true });
  if (made.status < 400) return toContact(made.data);
  const isTaken = made.status === REFUSED && made.data?.errors?.some((error) => error.code === 'email_taken');
  if (isTaken) return toContact((await change(false)).data);
  throw new z.errors.Error(made.data?.detail ?? `Tandem answered ${made.status}.`, 'Refused', made.status);
}

export const createOrUpdateContact = {
  key: 'create_or_update_contact',
  noun: 'Contact',
  display: {
    label: 'Create or Update Contact',
    description: 'Creates a contact, or changes the one with this e-mail. Empty fields are left alone.',
  },
  operation: {
    inputFields: [{ key: 'email', label: 'E-mail', type: 'string', required: true }, writableFields],
    perform: save,
    sample: sampleContact,
    outputFields: [{ key: 'id', label: 'Id of the contact' }, ...contactFields],
  },
};
