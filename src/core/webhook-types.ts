/** What an outgoing webhook can tell about; names are public and for ever. */
export const WEBHOOK_TYPES = [
  'contact.created',
  'contact.changed',
  'contact.erased',
  'score.reached',
  'form.submitted',
  'content.downloaded',
  'run.finished',
  'connection.stopped',
  'connection.recovered',
] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** Sent when somebody presses *Test*; nobody subscribes to it. */
export const TEST_TYPE = 'webhook.test';

/** The right that whoever wants to hear of it needs, beside the one to have webhooks at all. */
export const rightFor = (type: WebhookType): 'contacts:read' | 'sync:read' =>
  type === 'run.finished' || type.startsWith('connection.') ? 'sync:read' : 'contacts:read';
