/**
 * A real OpenID Connect provider in a process of its own (oidc-provider, its development pages). Arguments: redirect address.
 * Whoever signs in as `name` is `name@example.com`; `groups` and `email_verified` stand in PEOPLE. Tells its address by IPC.
 */
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [redirectUri = ''] = process.argv.slice(2);
const PEOPLE = {
  grace: { groups: ['staff', 'crm-marketing'] },
  root: { groups: ['crm-admin', 'crm-marketing'] },
  nobody: { groups: ['canteen'] },
  mallory: { groups: ['crm-admin'], email: 'ada@example.com', email_verified: false },
  ada: { groups: ['crm-admin'] },
};
/** Groups as somebody changes them at the provider: `{ name: groups }` by IPC. */
process.on('message', (changed) => {
  for (const [name, groups] of Object.entries(changed)) PEOPLE[name] = { ...PEOPLE[name], groups };
});

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'tandem',
        client_secret: 'a-secret-that-is-long-enough-for-everybody',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    cookies: { keys: ['only-for-tests'] },
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: `${id} of Example`,
        email: `${id}@example.com`,
        email_verified: true,
        ...PEOPLE[id],
      }),
    }),
  });
  server.on('request', provider.callback());
  process.send?.(issuer);
});
