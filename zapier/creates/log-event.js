import { call } from '../call.js';

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
  const headers = id ? { 'idempotency-key': `zapier ${id}` } : {};
  const { data } = await call(z, bundle, { method: 'POST', path: '/events', body: { events: [event] }, headers });
  const [result] = data.items;
  if (result.outcome === 'unknown_contact')
    throw new z.errors.Error(`Tandem has no contact with the address ${email}. Create it first.`, 'NotFound', 404);
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
