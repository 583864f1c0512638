import { hookTrigger, recentContacts, recentEvents } from './hook-trigger.js';

const nothing = () => ({});

const contactCreated = hookTrigger({
  key: 'contact_created',
  noun: 'Contact',
  label: 'New Contact',
  description: 'Triggers when a contact is new in Tandem, wherever it came from.',
  type: 'contact.created',
  more: nothing,
  list: recentContacts(() => ({ sort: 'created', order: 'desc' })),
});

const contactChanged = hookTrigger({
  key: 'contact_changed',
  noun: 'Contact',
  label: 'Changed Contact',
  description: 'Triggers when a field of a contact changes. A score alone is no change.',
  type: 'contact.changed',
  fields: [{ key: 'changed_fields', label: 'Changed fields' }],
  sample: { changed_fields: 'company, phone' },
  more: (data) => ({ changed_fields: (data.changed ?? []).join(', ') }),
  list: recentContacts(
    () => ({ sort: 'updated', order: 'desc' }),
    (contact) => ({ changed: Object.keys(contact.fields).slice(0, 2) }),
  ),
});

const scoreReached = hookTrigger({
  key: 'score_reached',
  noun: 'Contact',
  label: 'Score Reached',
  description: 'Triggers when the score of a contact rises to the value that you choose.',
  type: 'score.reached',
  settings: [
    {
      key: 'minimum_score',
      label: 'Score',
      type: 'integer',
      required: true,
      default: '40',
      helpText: 'From 1 to 50. Triggers once when a score rises to it.',
    },
  ],
  fields: [{ key: 'score_before', label: 'Score before', type: 'integer' }],
  sample: { score_before: 32 },
  more: (data) => ({ score_before: data.score?.from ?? null }),
  list: recentContacts(
    (bundle) => ({ sort: 'score', order: 'desc', minimumScore: bundle.inputData.minimum_score ?? 1 }),
    () => ({ score: { from: 0 } }),
  ),
});

const formSubmitted = hookTrigger({
  key: 'form_submitted',
  noun: 'Submission',
  label: 'Form Submitted',
  description: 'Triggers when somebody sends one of your forms.',
  type: 'form.submitted',
  fields: [
    { key: 'form_id', label: 'Id of the form' },
    { key: 'form_name', label: 'Form' },
  ],
  sample: { form_id: 'frm_01jd3k0000000000000000000', form_name: 'Contact us' },
  more: (data) => ({ form_id: data.submission?.form?.id ?? null, form_name: data.submission?.form?.name ?? null }),
  list: recentEvents('form', ({ data }) => ({
    submission: { form: { id: data.form ?? null, name: data.name ?? null } },
  })),
});

const contentDownloaded = hookTrigger({
  key: 'content_downloaded',
  noun: 'Download',
  label: 'Content Downloaded',
  description: 'Triggers when somebody who is known downloads one of your files.',
  type: 'content.downloaded',
  fields: [{ key: 'file_name', label: 'File' }],
  sample: { file_name: 'prices.pdf' },
  more: (data) => ({ file_name: data.download?.name ?? data.download?.file ?? null }),
  list: recentEvents('download', ({ data }) => ({ download: data })),
});

export const triggers = [contactCreated, contactChanged, scoreReached, formSubmitted, contentDownloaded];
