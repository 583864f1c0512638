import { expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { hooksContract } from '../kit/testing/hooks-contract.ts';
import { EMULATED_CLIENT } from '../kit/testing/oauth-server.ts';
import { createHubSpotEmulator } from './emulator/emulator.ts';
import { EMULATED_APP } from './emulator/hooks.ts';
import { hubSpotHooks } from './hooks.ts';
import { manifest } from './manifest.ts';

const open = (credentials: Record<string, string>) => () => {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createHubSpotEmulator({ clock });
  return {
    emulator,
    clock,
    credentials: { ...EMULATED_CLIENT, ...credentials, method: 'oauth' },
    token: { accessToken: emulator.token },
    subscribed: () => emulator.webhooks.subscriptions.size,
  };
};
const words = {
  manifest,
  field: { hub: 'city', crm: 'city' },
  expires: false,
  forge: (request: Parameters<NonNullable<ReturnType<typeof hubSpotHooks>>['read']>[0]) => ({
    ...request,
    body: request.body.replace('"eventId":', '"eventId": '),
  }),
};
hooksContract('hubspot (older public app)', { ...words, open: open(EMULATED_APP) });
hooksContract('hubspot (app of a project)', {
  ...words,
  open: () => {
    const opened = open({})();
    return { ...opened, enter: (file) => opened.emulator.webhooks.deploy(file) };
  },
});

test('a call that is older than five minutes, or signed for another address, is forged', async () => {
  const { emulator, clock, credentials } = open({})();
  emulator.hooks.deliverBy(async () => new Response(null, { status: 202 }));
  const context = { settings: { credentials, baseUrl: null }, clock } as unknown as Parameters<typeof hubSpotHooks>[0];
  const hooks = hubSpotHooks(context);
  const target = { url: 'https://tandem.example.com/hooks/con_1/path', secret: 's', fields: ['city'] };
  const subscription = await hooks?.subscribe(target);
  if (hooks === undefined || subscription?.byHand == null) throw new Error('no webhooks');
  emulator.webhooks.deploy(subscription.byHand);
  emulator.world.seed([{ email: 'a@example.com' }], 'lead');
  await emulator.hooks.flush();
  const [call] = emulator.hooks.sent;
  if (call === undefined) throw new Error('nothing was sent');
  const request = { method: 'POST', url: call.url, headers: new Headers(call.headers), body: call.body };
  const known = { secret: 's', accountId: '62515', userId: null, subscription };
  expect(hooks.read({ ...request, url: 'https://other.example.com/hooks/con_1/path' }, known)).toBe('forged');
  expect(hooks.read({ ...request, method: 'PUT' }, known)).toBe('forged');
  clock.advance(4 * 60_000);
  expect(hooks.read(request, known)).toHaveLength(1);
  clock.advance(61_000);
  expect(hooks.read(request, known)).toBe('forged');
});

test('a merge names the record that stays and those that went; what our own app wrote says so', async () => {
  const { emulator, credentials, clock } = open({})();
  emulator.hooks.deliverBy(async () => new Response(null, { status: 202 }));
  const context = { settings: { credentials, baseUrl: null }, clock } as unknown as Parameters<typeof hubSpotHooks>[0];
  const hooks = hubSpotHooks(context);
  const subscription = await hooks?.subscribe({
    url: 'https://t.example.com/hooks/c/p',
    secret: 's',
    fields: ['city'],
  });
  if (hooks === undefined || subscription?.byHand == null) throw new Error('no webhooks');
  emulator.webhooks.deploy(subscription.byHand);
  const [a = '', b = ''] = emulator.world.seed([{ email: 'a@example.com' }, { email: 'b@example.com' }], 'lead');
  const into = emulator.world.merge(a, b);
  await emulator.request('https://api.hubapi.com/crm/objects/2026-09/contacts/batch/create', {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: [{ properties: { email: 'ours@example.com' } }] }),
  });
  await emulator.hooks.flush();
  const pokes = emulator.hooks.sent.flatMap((call) => {
    const request = { method: 'POST', url: call.url, headers: new Headers(call.headers), body: call.body };
    const read = hooks.read(request, { secret: 's', accountId: '62515', userId: null, subscription });
    return read === 'forged' ? [] : [...read];
  });
  expect(pokes.filter((poke) => poke.what === 'gone').map((poke) => poke.id)).toEqual([a, b]);
  expect(pokes).toContainEqual(expect.objectContaining({ id: into, what: 'changed', byUs: false }));
  expect(pokes.filter((poke) => poke.byUs)).toHaveLength(1);
});
