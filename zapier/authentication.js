import { call } from './call.js';

/** An address and a key, tried with `GET /api/v1/me`; the connection is called "company · user". */
export const authentication = {
  type: 'custom',
  fields: [
    {
      key: 'address',
      label: 'Address of your Tandem',
      type: 'string',
      required: true,
      placeholder: 'https://tandem.example.com',
      helpText: 'As it stands on the Zapier tab of your CRM page. It must be reachable from the internet.',
    },
    {
      key: 'key',
      label: 'Key',
      type: 'password',
      required: true,
      helpText: 'Make one on the Zapier tab of your CRM page. It begins with "tdm_".',
    },
  ],
  test: async (z, bundle) => {
    const { data } = await call(z, bundle, { path: '/me' });
    if (typeof data?.company !== 'string')
      throw new z.errors.Error('There is no Tandem at this address.', 'InvalidData', 400);
    const missing = ['contacts:read', 'contacts:write', 'webhooks:write'].filter((one) => !data.scopes.includes(one));
    if (missing.length > 0)
      throw new z.errors.Error(`This key lacks: ${missing.join(', ')}.`, 'AuthenticationError', 403);
    return { company: data.company, user: data.user };
  },
  connectionLabel: '{{company}} · {{user}}',
};
