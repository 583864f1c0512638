import { NotFound } from '../../core/invalid-input.ts';
import { listChanged } from '../../engine/list-changes.ts';
import { hubFields } from '../../hub/fields.ts';
import {
  addValue,
  createList,
  deleteList,
  type List,
  readList,
  readLists,
  removeValue,
  updateList,
  updateValue,
} from '../../hub/lists.ts';
import { deleteField, updateField } from '../../hub/manage-fields.ts';
import { mergeValues } from '../../hub/merge-values.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps, Caller } from '../deps.ts';
import { type App, register } from '../register.ts';

const presentList = (list: List) => ({
  ...list,
  fields: [...list.fields],
  values: list.values.map((value) => ({ ...value, spellings: [...value.spellings] })),
});

/** Value lists with their values, and the fields that take them. */
export function addListRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { store, clock } = engine;
  const shown = async (id: string) => presentList(await readList(store.db, id));
  const by = (caller: Caller) => ({ source: caller.id, at: clock.now() });
  const one = (params: Readonly<Record<string, string>>) => ({ id: params['id'] ?? '', key: params['key'] ?? '' });

  register(app, deps, routes.lists, async () => ({ items: (await readLists(store.db)).map(presentList), next: null }));
  register(app, deps, routes.createList, async ({ c, body }) => {
    const id = await store.transaction((trx) => createList(trx, body, clock.now()));
    return c.json(await shown(id), 201);
  });
  register(app, deps, routes.list, async ({ params }) => shown(one(params).id));
  register(app, deps, routes.updateList, async ({ params, body }) => {
    const { id } = one(params);
    await store.transaction((trx) => updateList(trx, id, body));
    await listChanged(engine, id);
    return shown(id);
  });
  register(app, deps, routes.deleteList, async ({ params }) => {
    await store.transaction((trx) => deleteList(trx, one(params).id));
    return { ok: true };
  });
  register(app, deps, routes.addListValue, async ({ c, params, body }) => {
    const { id } = one(params);
    await store.transaction((trx) => addValue(trx, id, body));
    await listChanged(engine, id);
    return c.json(await shown(id), 201);
  });
  register(app, deps, routes.updateListValue, async ({ params, body }) => {
    const { id, key } = one(params);
    await store.transaction((trx) => updateValue(trx, id, key, body));
    await listChanged(engine, id);
    return shown(id);
  });
  register(app, deps, routes.removeListValue, async ({ params, query, caller }) => {
    const { id, key } = one(params);
    let moved = 0;
    if (query.into === undefined) await store.transaction((trx) => removeValue(trx, id, key, clock.now()));
    else moved = await mergeValues(store, { listId: id, from: key, into: query.into }, by(caller));
    await listChanged(engine, id);
    return { ...(await shown(id)), moved };
  });
  register(app, deps, routes.updateField, async ({ params, body, caller }) => {
    const { key } = one(params);
    await updateField(store, key, body, by(caller));
    const field = (await hubFields(store.db)).find((known) => known.key === key);
    if (field === undefined) throw new NotFound('field');
    if (field.listId !== undefined) await listChanged(engine, field.listId);
    return field;
  });
  register(app, deps, routes.deleteField, async ({ params, query, caller }) => {
    await deleteField(store, one(params).key, query.values === 'drop', by(caller));
    return { ok: true };
  });
}
