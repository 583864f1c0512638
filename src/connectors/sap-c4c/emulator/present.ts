import { listOf, NAVIGATION } from './properties.ts';
import { type C4cState, etagOf, type SetName, type StoredEntity, stampsOf } from './state.ts';

type Body = Record<string, unknown>;
export const ROOT = '/sap/c4c/odata/v1/c4codataapi';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
export const problem = (status: number, value: string, code = ''): Answer => ({
  status,
  body: { error: { code, message: { lang: 'en', value } } },
});

export interface Shown {
  readonly entity: SetName;
  readonly url: string;
  readonly select: readonly string[] | null;
  /** Without the descriptions beside codes. */
  readonly bare: boolean;
}

/** An entity as the service answers it in JSON. */
export function present(row: StoredEntity, state: C4cState, { entity, url, select, bare }: Shown): Body {
  const stamps = stampsOf(entity, row);
  const uri = `${new URL(url).origin}${ROOT}/${entity}Collection('${row.ObjectID}')`;
  const value = (name: string): unknown => {
    if (name in stamps) return stamps[name];
    if (name.endsWith('Text')) {
      const code = name.slice(0, -'Text'.length);
      const list = listOf(code);
      if (list !== null) return state.codes.get(list)?.get(String(row.values[code])) ?? '';
    }
    const stored = state.valueOf(entity, row, name);
    const type = state.properties[entity].get(name)?.type;
    if (type === 'Edm.Boolean') return stored === true;
    if (type === 'Edm.DateTime' && typeof stored === 'string' && stored !== '')
      return stored.startsWith('/Date(') ? stored : `/Date(${Date.parse(`${stored}Z`)})/`;
    if (type === 'Edm.DateTime' || type === 'Edm.DateTimeOffset') return stored === '' ? null : (stored ?? null);
    // Numbers are never empty there.
    if (type === 'Edm.Int16' || type === 'Edm.Int32') return stored === '' ? 0 : (stored ?? 0);
    if (type === 'Edm.Double') return String(stored === undefined || stored === '' ? 0 : stored);
    if (type === 'Edm.Decimal') return stored === undefined || stored === '' ? '0.000000' : String(stored);
    return stored ?? '';
  };
  const names = [...state.properties[entity].keys()].filter(
    (name) => (select === null || select.includes(name)) && !(bare && name.endsWith('CodeText')),
  );
  const links = select === null ? NAVIGATION[entity] : [];
  return {
    __metadata: { uri, type: `c4codataapi.${entity}`, etag: etagOf(row) },
    ...Object.fromEntries(names.map((name) => [name, value(name)])),
    ...Object.fromEntries(links.map((name) => [name, { __deferred: { uri: `${uri}/${name}` } }])),
  };
}
