import { manifests } from '../../src/connectors/index.ts';
import type { Connector, Manifest, RemoteWrite, Schema, StoredToken } from '../../src/connectors/kit/connector.ts';
import type { RecordToDelete } from '../../src/connectors/kit/deletion.ts';
import type { FieldSchema, Fields, Kind, Value } from '../../src/core/model.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { openCrm } from '../support/crms.ts';

/** One call and its answer, as they went over the wire. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Parsed where it is JSON, else as it is; null: none. */
  readonly sent: unknown;
  readonly status: number;
  readonly answer: unknown;
}

/** What a judge has against calls, once each. Numbers in paths do not matter. */
export const complaintsIn = (
  exchanges: readonly Exchange[],
  judge: (exchange: Exchange) => readonly string[],
): string[] => [
  ...new Set(
    exchanges.flatMap((exchange) =>
      judge(exchange).map(
        (one) => `${exchange.method} ${exchange.url.pathname.replace(/\/\d+/g, '/n')} ${exchange.status}: ${one}`,
      ),
    ),
  ),
];

const parsed = (text: string): unknown => {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** A value of each type that every CRM should take. */
function valueFor(field: FieldSchema): Value {
  switch (field.type) {
    case 'boolean':
      return true;
    case 'number':
      return 7;
    case 'date':
      return '2026-02-28';
    case 'dateTime':
      return '2026-02-28T10:20:30.000Z';
    case 'oneOf':
      return field.options?.[0]?.id ?? null;
    case 'manyOf':
      return (field.options ?? []).slice(0, 2).map((option) => option.id);
    case 'email':
      return 'Grace@Example.com';
    case 'phone':
      return '+43 1 5888 0';
    case 'url':
      return 'https://example.com/';
    default:
      return "O'Neil & Söhne 😀".slice(0, field.maxLength ?? 40);
  }
}

/** Everything that a connector ever asks, once: the calls it made to its emulated CRM and what came back. */
export async function playSession(crm: string): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = [];
  const clock = manualClock(Date.UTC(2026, 10, 24, 9));
  const { emulator, settings } = openCrm(crm, { clock });
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await emulator.request(url, init);
    exchanges.push({
      method: init.method ?? 'GET',
      url: new URL(url),
      headers: new Headers(init.headers),
      // Our connectors send text bodies only.
      sent: parsed(typeof init.body === 'string' ? init.body : ''),
      status: response.status,
      answer: parsed(await response.clone().text()),
    });
    return response;
  };
  const manifest = manifests.get(crm);
  if (manifest === undefined) throw new Error(`no connector ${crm}`);
  let stored: StoredToken | null = null;
  const connect = (schema: Schema | null, linkBack: string | null): Connector =>
    manifest.connect({
      fetch,
      clock,
      tokens: {
        load: async () => stored,
        renew: async (_seen, refresh) => {
          stored = await refresh(stored);
          return stored;
        },
      },
      quota: { take: async () => undefined, observe: () => undefined },
      schema,
      settings: {
        ...settings,
        authUrl: settings.authUrl ?? null,
        options: {},
        systemFields: { url: linkBack, score: null, status: null, source: null, syncFlag: null },
        startAutomations: false,
      },
    });
  const schema = await connect(null, null).describe();
  if (schema === 'unchanged') throw new Error('nothing was known yet');
  const kind: Kind = manifest.kinds.includes('lead') ? 'lead' : 'person';
  const fields = schema.kinds[kind] ?? [];
  const linkBack = linkBackOf(manifest, fields);
  const connector = connect(schema, linkBack);
  await play({ connector, manifest, kind, fields, linkBack, emulator, tick: () => clock.advance(120_000) });
  return exchanges;
}

/** Ours is found by its key, or by its label where the vendor makes up the keys. */
function linkBackOf(manifest: Manifest, fields: readonly FieldSchema[]): string {
  const words = (text: string): string => text.toLowerCase().replace(/[^a-z]+/g, '_');
  const names = new Set(manifest.systemFields.url.map(words));
  const found = fields.find((field) => names.has(words(field.key)) || names.has(words(field.label)));
  if (found === undefined) throw new Error(`${manifest.id} has no field for the link back`);
  return found.key;
}

const LINK = 'http://localhost:4000/contacts/ct_1';

interface Stage {
  readonly connector: Connector;
  readonly manifest: Manifest;
  readonly kind: Kind;
  readonly fields: readonly FieldSchema[];
  readonly linkBack: string;
  readonly emulator: ReturnType<typeof openCrm>['emulator'];
  readonly tick: () => void;
}

async function play(stage: Stage): Promise<void> {
  const { connector, manifest, kind, linkBack, emulator, tick } = stage;
  await connector.check();
  for (const feed of manifest.feeds) if (feed.carries === 'changes') await connector.count?.(feed.name);
  await connector.fields?.create([
    { kind, key: 'shoe_size', label: 'Shoe size', type: 'number' },
    { kind, key: 'motto', label: 'Motto', type: 'text', unique: true },
    { kind, key: 'likes_tea', label: 'Likes tea', type: 'boolean' },
  ]);
  await connector.people?.owners();
  await playHooks(connector);
  const person = (index: number) => ({
    email: `p${index}@example.com`,
    first_name: 'Ada',
    last_name: 'Lovelace',
    company: 'Acme',
    city: 'Wien',
    phone: '+43 1 222',
  });
  const ids = emulator.world.seed([1, 2, 3, 4, 5].map(person), 'lead');
  emulator.world.seed([person(6)], 'contact');
  const positions = await readAll(stage, new Map(), ['changes', 'full', 'slim']);
  const keys = [
    { email: 'p1@example.com' },
    { email: "o'neil@example.com" },
    { linkBack: 'http://localhost/contacts/1' },
  ];
  await connector.findByKeys(keys, [linkBack]);
  await writeAll(stage, ids);
  const [linked] = await connector.findByKeys([{ linkBack: LINK }], [linkBack]);
  if (linked?.records.length !== 1) throw new Error(`${manifest.id} does not find its own link`);
  tick();
  emulator.world.edit(ids[0] ?? '', { city: 'Graz' });
  emulator.world.remove(ids[1] ?? '');
  emulator.world.merge(ids[2] ?? '', ids[3] ?? '');
  if (manifest.kinds.includes('contact')) emulator.world.convert(ids[4] ?? '');
  await connector.readByIds(kind, ids, [linkBack]);
  await readAll(stage, positions, ['changes']);
  tick();
  await readAll(stage, positions, ['changes']);
  await playDeletions(stage);
}

/** Some of each kind, one that is gone, one that is protected, one that was merged; as a person deletes, for ever, and once more. */
async function playDeletions({ connector: { deletion }, emulator: { world }, manifest }: Stage): Promise<void> {
  if (deletion === undefined) return;
  const person = { email: 'd@example.com', first_name: 'D', last_name: 'Lovelace', company: 'Acme' };
  const records = manifest.kinds.flatMap((kind) =>
    world
      .seed([person, person, person], kind === 'contact' ? 'contact' : 'lead')
      .map((id): RecordToDelete => ({ kind, id })),
  );
  world.remove(records[0]?.id ?? '');
  world.deletion?.protect(records[1]?.id ?? '');
  const [loser = '', winner = ''] = world.seed([person, person], 'lead');
  world.merge(loser, winner);
  const [first] = manifest.kinds;
  const merged = first === undefined ? [] : [{ kind: first, id: loser }];
  for (const how of ['bin', 'forever', 'bin'] as const) await deletion.delete([...records, ...merged], how);
}

async function readAll(
  { connector, manifest, fields }: Stage,
  from: ReadonlyMap<string, string>,
  modes: readonly ('changes' | 'full' | 'slim')[],
): Promise<ReadonlyMap<string, string>> {
  const mapped = [...new Set(manifest.defaultMapping.map((line) => line.crm))];
  const asked = mapped.filter((key) => fields.some((field) => field.key === key));
  const ends = new Map<string, string>();
  for (const feed of manifest.feeds) {
    for (const mode of modes) {
      for (let cursor = from.get(feed.name) ?? null, pages = 0; pages < 20; pages += 1) {
        const page = await connector.readChanges(feed.name, cursor, { limit: 1_000, mode, fields: asked });
        cursor = page.next;
        ends.set(feed.name, page.next);
        if (!page.more) break;
      }
    }
  }
  return ends;
}

async function playHooks({ hooks }: Connector): Promise<void> {
  if (hooks === undefined) return;
  const target = { url: 'https://tandem.example.com/hooks/1/abc', secret: 'secret-of-ours', fields: ['email'] };
  const subscription = await hooks.subscribe(target);
  await hooks.drop(await hooks.renew(subscription, target));
}

/** The company of this name, found or made; null: people carry it as a text. */
async function companyIdOf({ connector }: Stage, name: string): Promise<string | null> {
  const { companies } = connector;
  if (companies === undefined) return null;
  const [found] = await companies.find([name]);
  if (found?.[0] !== undefined) return found[0].id;
  const [made] = await companies.create([{ key: 'company', name }]);
  return made?.kind === 'stored' ? made.id : null;
}

/** A create and an update with every field that is mapped by default, clearing, one bad row, one vanished record. */
async function writeAll(stage: Stage, ids: readonly string[]): Promise<void> {
  const { connector, manifest, kind, fields, linkBack, emulator } = stage;
  const mapped = manifest.defaultMapping.filter((line) => line.kind === kind && line.direction !== 'toHub');
  const wanted = mapped.map((line) => line.crm);
  const schemas = fields.filter((field) => wanted.includes(field.key));
  const values: Fields = Object.fromEntries(schemas.map((field) => [field.key, valueFor(field)]));
  const link = { [linkBack]: LINK };
  const company = schemas.find((field) => field.company === true)?.key;
  const companyId = company === undefined ? null : await companyIdOf(stage, String(values[company]));
  const named = (changed: Fields): Pick<RemoteWrite, 'fields' | 'companyIds'> =>
    company === undefined || companyId === null || typeof changed[company] !== 'string'
      ? { fields: changed }
      : { fields: changed, companyIds: { [company]: companyId } };
  const update = (key: string, id: string, changed: Fields): RemoteWrite => ({
    op: 'update',
    kind,
    key,
    id,
    ...named(changed),
  });
  const emptied = schemas.filter((field) => !field.required && field.type !== 'email' && !/name/i.test(field.key));
  const outcomes = await connector.write([
    { op: 'create', kind, key: 'c1', ...named({ ...values, ...link }) },
    update('u1', ids[0] ?? '', { ...values, ...emailed(schemas, 'ada@example.com') }),
    update('u2', ids[3] ?? '', Object.fromEntries(emptied.map((field) => [field.key, null]))),
    update('bad', ids[2] ?? '', emailed(schemas, 'not an address')),
  ]);
  if (outcomes[0]?.kind !== 'stored' || outcomes[1]?.kind !== 'stored' || outcomes[2]?.kind !== 'stored')
    throw new Error(`${manifest.id} did not store: ${JSON.stringify(outcomes)}`);
  const [gone = ''] = emulator.world.seed([{ email: 'gone@example.com', last_name: 'G', company: 'A' }], 'lead');
  emulator.world.remove(gone);
  await connector.write([update('gone', gone, values)]);
  const lists = fields.filter((field) => field.type === 'oneOf' && field.writableOnUpdate && field.restricted === true);
  const own = lists.find((field) => field.custom);
  if (own !== undefined) await connector.options?.create(kind, own.key, ['Aviation']);
  await connector.write(lists.map((field) => update(field.key, ids[0] ?? '', { [field.key]: 'no such option' })));
}

const emailed = (schemas: readonly FieldSchema[], email: string): Fields =>
  Object.fromEntries(schemas.flatMap((field) => (field.type === 'email' ? [[field.key, email]] : [])));
