import { z } from 'zod';
import type { Hooks, Poke, Subscription } from '../kit/hooks.ts';
import { jsonOf, sameSecret } from '../kit/hooks.ts';
import { idText, read } from '../kit/read.ts';
import type { PipedriveClient } from './client.ts';

const USER = 'tandem';

const madeSchema = z.object({ data: z.looseObject({ id: z.coerce.string() }) });
const listSchema = z.object({
  data: z
    .array(
      z.looseObject({
        id: z.coerce.string(),
        subscription_url: z.string().nullish(),
        is_active: z.unknown().optional(),
      }),
    )
    .nullish(),
});
const callSchema = z.object({
  meta: z.looseObject({
    action: z.string(),
    entity: z.string(),
    entity_id: z.coerce.string(),
    company_id: z.coerce.string(),
    id: z.coerce.string(),
    user_id: idText.nullish(),
    change_source: z.string().nullish(),
    merged_to_id: idText.nullish(),
  }),
});

/** Webhooks v2 (BEHAVIOR.md, "Webhooks"): one for all that happens to persons; not signed, so with Basic. */
export function pipedriveHooks(client: PipedriveClient): Hooks {
  const list = async () => {
    const answer = await client.v1({ method: 'GET', path: '/webhooks' });
    return read(listSchema, answer.body, 'Pipedrive webhooks').data ?? [];
  };
  const drop = async (id: string): Promise<void> => {
    await client.v1({ method: 'DELETE', path: `/webhooks/${id}`, expect: [404] });
  };
  const subscribe: Hooks['subscribe'] = async ({ url, secret }) => {
    // A subscription whose answer was lost has a password that we no longer know for sure.
    for (const one of await list()) if (one.subscription_url === url) await drop(one.id);
    const answer = await client.v1({
      method: 'POST',
      path: '/webhooks',
      json: {
        subscription_url: url,
        event_action: '*',
        event_object: 'person',
        name: 'Tandem',
        version: '2.0',
        http_auth_user: USER,
        http_auth_password: secret,
      },
    });
    const { id } = read(madeSchema, answer.body, 'Pipedrive webhook').data;
    return { ids: [id], expiresAt: null, byHand: null } satisfies Subscription;
  };
  return {
    subscribe,
    // Pipedrive deletes a webhook after three days without success.
    renew: async (subscription, target) => {
      const isThere = (await list()).some(
        (one) => subscription.ids.includes(one.id) && one.subscription_url === target.url && isOn(one.is_active),
      );
      return isThere ? subscription : subscribe(target);
    },
    drop: async ({ ids }) => {
      for (const id of ids) await drop(id);
    },
    read: (request, known) => {
      const basic = /^Basic +(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
      const [, password] = Buffer.from(basic, 'base64').toString().split(':');
      if (!sameSecret(password, known.secret)) return 'forged';
      const call = callSchema.safeParse(jsonOf(request.body)).data;
      if (call === undefined || call.meta.entity !== 'person' || call.meta.company_id !== known.accountId) return [];
      return pokesOf(call.meta, known.userId);
    },
  };
}

const isOn = (value: unknown): boolean => value === undefined || value === 1 || value === true || value === '1';

function pokesOf(meta: z.output<typeof callSchema>['meta'], userId: string | null): readonly Poke[] {
  const byUs = meta.change_source === 'api' && meta.user_id != null && meta.user_id === userId;
  const poke = (id: string, what: Poke['what']): Poke => ({
    kind: 'person',
    id,
    what,
    byUs,
    eventId: `${meta.id}:${id}`,
  });
  if (meta.action !== 'delete') return [poke(meta.entity_id, 'changed')];
  // Of a merge: the one that stays is named.
  return [poke(meta.entity_id, 'gone'), ...(meta.merged_to_id == null ? [] : [poke(meta.merged_to_id, 'changed')])];
}
