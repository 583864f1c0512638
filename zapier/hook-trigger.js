import { call } from './call.js';
import { itemFields, sampleItem, toItem } from './contact.js';

/**
 * A trigger on one of Tandem's webhooks: Zapier's address subscribes itself when a Zap is switched on and unsubscribes when it is
 * switched off. Should Zapier answer 410 for an address that is no more, Tandem ends the subscription by itself.
 * @param more what an event has besides the contact: of the message, of a sample
 */
export function hookTrigger({
  key,
  noun,
  label,
  description,
  type,
  settings = [],
  fields = [],
  sample = {},
  more,
  list,
}) {
  return {
    key,
    noun,
    display: { label, description },
    operation: {
      type: 'hook',
      inputFields: settings,
      performSubscribe: async (z, bundle) => {
        const { minimum_score: minimumScore } = bundle.inputData;
        const { data } = await call(z, bundle, {
          method: 'POST',
          path: '/webhooks',
          body: {
            url: bundle.targetUrl,
            types: [type],
            name: `Zapier: ${label}`,
            ...(minimumScore === undefined ? {} : { minimumScore: Number(minimumScore) }),
          },
        });
        return { id: data.id };
      },
      performUnsubscribe: async (z, bundle) => {
        const response = await call(z, bundle, {
          method: 'DELETE',
          path: `/webhooks/${bundle.subscribeData.id}`,
          skipThrowForStatus: true,
        });
        // Gone already is as good.
        if (response.status !== 404) response.throwForStatus();
        return {};
      },
      perform: (z, bundle) => [toItem(bundle.cleanedRequest, more(bundle.cleanedRequest.data))],
      performList: async (z, bundle) => {
        const events = await list(z, bundle);
        return events.map((event) => toItem(event, more(event.data)));
      },
      sample: { ...sampleItem, ...sample },
      outputFields: [...itemFields, ...fields],
    },
  };
}

const SAMPLES = 3;

/** Contacts in the shape of messages, for the editor: newest first. */
export const recentContacts =
  (query, data = () => ({})) =>
  async (z, bundle) => {
    const response = await call(z, bundle, { path: '/contacts', params: { ...query(bundle), limit: SAMPLES } });
    return response.data.items.map((contact) => ({
      id: `${contact.id}-${contact.version}`,
      timestamp: contact.updatedAt,
      data: { contact, ...data(contact, bundle) },
    }));
  };

/** What known people did, in the shape of messages: newest first. */
export const recentEvents = (type, data) => async (z, bundle) => {
  const response = await call(z, bundle, { path: '/events', params: { type, limit: SAMPLES } });
  return Promise.all(
    response.data.items.map(async (event) => {
      const contact = await call(z, bundle, { path: `/contacts/${event.contactId}` });
      return { id: event.id, timestamp: event.at, data: { contact: contact.data, ...data(event) } };
    }),
  );
};
