import { createHash } from 'node:crypto';
import { call, explainRefusal } from '../call.js';

const nobody = (z, email) =>
  new z.errors.Error(`Tandem has no contact with the address ${email}. Create it first.`, 'NotFound', 404);

/** An answer is kept for a day under the request's key: "nobody has this address" must not be, once somebody has. */
async function findFirst(z, bundle, email) {
  const path = `/contacts/${encodeURIComponent(String(email).trim())}`;
  const response = await call(z, bundle, { path, skipThrowForStatus: true });
  if (response.status === 404) throw nobody(z, email);
  explainRefusal({ status: response.status, content: response.content }, z);
}

/** The same id of the same person, whatever it is written with: a header takes Latin letters only. */
const keyOf = (id, email) =>
  `zapier-${createHash('sha256')
    .update(JSON.stringify([id, String(email).trim().toLowerCase()]))
    .digest('hex')}`;

async function log(z, bundle) {
  const { email, type, name, page, happened_at: at, event_id: id } = bundle.inputData;
  const event = {
    type,
    email,
    ...(id ? { id } : {}),
    ...(at ? { at: new Date(at).toISOString() } : {}),
    data: { ...(name ? { name } : {}), ...(page ? { page } : {}) },
  };
  // Without a time of its own an event is told apart by the request: the same one is carried out once a day.
  if (id) await findFirst(z, bundle, email);
  const response = await call(z, bundle, {
    method: 'POST',
    path: '/events',
    body: { events: [event] },
    headers: id ? { 'idempotency-key': keyOf(id, email) } : {},
    skipThrowForStatus: true,
  });
  // Noted before with other words, or being noted now.
  if (id && response.status === 409) return { id, outcome: 'duplicate' };
  explainRefusal({ status: response.status, content: response.content }, z);
  const [result] = response.data.items;
  if (result.outcome === 'unknown_contact') throw nobody(z, email);
  return result;
}

export const logEvent = {
  key: 'log_event',
  noun: 'Event',
  display: {
    label: 'Log Event',
    description: 'Notes on the timeline that a contact did something; score rules give their points.',
  },
  operation: {
    inputFields: [
      { key: 'email', label: 'E-mail', type: 'string', required: true },
      {
        key: 'type',
        label: 'What they did',
        type: 'string',
        required: true,
        default: 'webinar',
        helpText: 'A word of your own, as your score rules know it: webinar, call, purchase …',
      },
      { key: 'name', label: 'Title', type: 'string', helpText: 'Shown on the timeline.' },
      { key: 'page', label: 'Address of a page', type: 'string' },
      { key: 'happened_at', label: 'When', type: 'datetime', helpText: 'Now, if empty.' },
      {
        key: 'event_id',
        label: 'Id',
        type: 'string',
        helpText: 'The same id is noted once, however often the Zap runs.',
      },
    ],
    perform: log,
    sample: { id: 'evt_01jd3k0000000000000000000', outcome: 'recorded' },
    outputFields: [
      { key: 'id', label: 'Id of the event' },
      { key: 'outcome', label: 'Outcome' },
    ],
  },
};
