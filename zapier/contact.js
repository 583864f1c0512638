/** A contact as Zapier's editor shows it: every field by its own name, with the person's id and page. */
export const toContact = (contact) => ({
  ...contact.fields,
  id: contact.id,
  email: contact.email,
  score: contact.score,
  url: contact.fields.url ?? null,
  created_at: contact.createdAt,
  updated_at: contact.updatedAt,
});

/** Something that happened to a contact: `id` is the message's, so that Zapier takes each once. */
export const toItem = (event, more = {}) => ({
  ...toContact(event.data.contact),
  contact_id: event.data.contact.id,
  id: event.id,
  happened_at: event.timestamp,
  ...more,
});

export const contactFields = [
  { key: 'email', label: 'E-mail' },
  { key: 'first_name', label: 'First name' },
  { key: 'last_name', label: 'Last name' },
  { key: 'company', label: 'Company' },
  { key: 'job_title', label: 'Job title' },
  { key: 'phone', label: 'Phone' },
  { key: 'score', label: 'Score', type: 'integer' },
  { key: 'url', label: 'Page in Tandem' },
];

export const itemFields = [
  { key: 'id', label: 'Id of the event' },
  { key: 'contact_id', label: 'Id of the contact' },
  ...contactFields,
  { key: 'happened_at', label: 'Happened at', type: 'datetime' },
];

export const sampleContact = {
  id: 'ct_01jd3k0000000000000000000',
  email: 'ada@example.com',
  first_name: 'Ada',
  last_name: 'Lovelace',
  company: 'Analytical Engines',
  job_title: 'Programmer',
  phone: '+44 20 7946 0000',
  score: 42,
  url: 'https://tandem.example.com/contacts/ct_01jd3k0000000000000000000',
};

export const sampleItem = {
  ...sampleContact,
  id: 'msg_3f8d0c9e5b7a4d21a6c2e1f0b9d87654',
  contact_id: sampleContact.id,
  happened_at: '2026-11-25T16:00:00.000Z',
};
