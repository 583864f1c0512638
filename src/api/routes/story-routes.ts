import { NotFound } from '../../core/invalid-input.ts';
import { listConnections, manifestOf } from '../../engine/connection.ts';
import { addressHolders } from '../../engine/merge-proposals.ts';
import { storyOf } from '../../engine/story.ts';
import { type Gate, whyContact } from '../../engine/why.ts';
import { findContact } from '../../hub/read-contacts.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { namingOther, reasonText } from '../messages/reason-text.ts';
import { isMessage, type Locale, say } from '../messages/say.ts';
import { iso } from '../present.ts';
import { type App, register } from '../register.ts';

/** What happened to a person in each CRM, and why. */
export function addStoryRoutes(app: App, deps: ApiDeps): void {
  register(app, deps, routes.story, async ({ params, locale }) => {
    const { store, baseUrl } = deps.engine;
    const contact = await findContact(store.db, params['id'] ?? '', baseUrl);
    if (contact === undefined) throw new NotFound('contact');
    const facts = await storyOf(deps.engine, contact.id);
    const others = await addressHolders(
      store.db,
      facts.flatMap(({ rejection }) => (rejection?.reason === 'address_taken' ? [rejection.id] : [])),
    );
    return {
      items: facts.map(({ rejection, ...fact }) => {
        const crmLabel = deps.engine.manifests.get(fact.crm)?.label ?? fact.crm;
        return {
          ...fact,
          at: iso(fact.at),
          crmLabel,
          rejection:
            rejection === null
              ? null
              : {
                  id: rejection.id,
                  reason: rejection.reason,
                  other: others.get(rejection.id) ?? null,
                  ...reasonText(locale, namingOther({ ...rejection, crm: crmLabel }, others.get(rejection.id))),
                },
        };
      }),
    };
  });
  register(app, deps, routes.why, async ({ params, query, locale }) => {
    const { store, baseUrl } = deps.engine;
    const contact = await findContact(store.db, params['id'] ?? '', baseUrl);
    if (contact === undefined) throw new NotFound('contact');
    const gatesOf = async (connection: string) =>
      (await whyContact(deps.engine, contact.id, connection)).map((gate) => presentGate(gate, locale));
    if (query.connection !== undefined) return { gates: await gatesOf(query.connection), items: [] };
    const connections = (await listConnections(store.db)).filter((one) => one.enabled);
    const items = connections.map(async (one) => ({
      connection: one.name,
      crm: one.crm,
      crmLabel: manifestOf(deps.engine, one.crm).label,
      gates: await gatesOf(one.id),
    }));
    return { gates: [], items: await Promise.all(items) };
  });
}

function presentGate({ gate, passed, params, fix }: Gate, locale: Locale) {
  const text = (key: string, values: Gate['params']): string | null =>
    isMessage(key) ? say(locale, key, values) : null;
  return {
    gate,
    passed,
    message:
      text(`gate.${gate}`, { ...params, reasonName: text(`reasonName.${String(params['reason'])}`, {}) ?? '' }) ?? gate,
    fix: fix === null ? null : text(fix.key, fix.params),
  };
}
