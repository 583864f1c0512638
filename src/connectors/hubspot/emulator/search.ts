import { problem } from './answers.ts';
import { type HubSpotState, present, type StoredContact } from './state.ts';

interface Filter {
  readonly propertyName: string;
  readonly operator: string;
  readonly value?: string;
  readonly highValue?: string;
  readonly values?: readonly string[];
}
interface SearchBody {
  readonly filterGroups?: readonly { readonly filters: readonly Filter[] }[];
  /** As the guide writes it, or as the generated client does: a name, `-name` downwards. */
  readonly sorts?: readonly (string | { readonly propertyName: string; readonly direction?: string })[];
  readonly properties?: readonly string[];
  readonly limit?: number;
  readonly after?: string;
}

const DATES = new Set(['createdate', 'lastmodifieddate']);

function valueOf(contact: StoredContact, name: string): string | null {
  if (name === 'hs_object_id') return contact.id;
  if (name === 'createdate') return String(contact.createdAt);
  if (name === 'lastmodifieddate') return String(contact.updatedAt);
  return contact.properties[name] ?? null;
}

const asNumber = (name: string, text: string): number =>
  DATES.has(name) && !/^\d+$/.test(text) ? Date.parse(text) : Number(text);

function matches(contact: StoredContact, filter: Filter): boolean {
  const held = valueOf(contact, filter.propertyName);
  const wanted = filter.value ?? '';
  const values = (filter.values ?? []).map((value) => value.toLowerCase());
  const compare = (): number => asNumber(filter.propertyName, held ?? '0') - asNumber(filter.propertyName, wanted);
  switch (filter.operator) {
    case 'HAS_PROPERTY':
      return held !== null;
    case 'NOT_HAS_PROPERTY':
      return held === null;
    case 'EQ':
      return (
        held !== null &&
        (held.toLowerCase() === wanted.toLowerCase() || (DATES.has(filter.propertyName) && compare() === 0))
      );
    case 'NEQ':
      return held?.toLowerCase() !== wanted.toLowerCase();
    case 'IN':
      return held !== null && values.includes(held.toLowerCase());
    case 'NOT_IN':
      return held === null || !values.includes(held.toLowerCase());
    case 'GT':
      return held !== null && compare() > 0;
    case 'GTE':
      return held !== null && compare() >= 0;
    case 'LT':
      return held !== null && compare() < 0;
    case 'LTE':
      return held !== null && compare() <= 0;
    case 'BETWEEN':
      return (
        held !== null &&
        compare() >= 0 &&
        asNumber(filter.propertyName, held) <= asNumber(filter.propertyName, filter.highValue ?? wanted)
      );
    case 'CONTAINS_TOKEN':
      return held?.toLowerCase().includes(wanted.replaceAll('*', '').toLowerCase()) === true;
    default:
      return false;
  }
}

type Answer =
  | { readonly problem: Record<string, unknown> }
  | { readonly total: number; readonly results: readonly Record<string, unknown>[]; readonly paging?: unknown };

/** Search with its documented limits: 3,000 characters, 200 a page, 10,000 results, one sort, an index that lags. */
export function search(state: HubSpotState, text: string): Answer {
  if (text.length > 3_000)
    return { problem: problem('VALIDATION_ERROR', 'The request body is too long: at most 3000 characters.') };
  // A test sends what it likes; what does not fit simply finds nothing.
  const body = JSON.parse(text) as SearchBody;
  const limit = body.limit ?? 10;
  const after = Number(body.after ?? 0);
  if (limit > 200 || after + limit > 10_000)
    return {
      problem: problem(
        'VALIDATION_ERROR',
        `There was a problem with the request: paging beyond 10,000 or limit over 200.`,
      ),
    };
  const groups = body.filterGroups ?? [];
  if (groups.length > 5 || groups.some((group) => group.filters.length > 6))
    return { problem: problem('VALIDATION_ERROR', 'Too many filters.') };
  const now = state.clock.now();
  const seen = (contact: StoredContact): boolean =>
    contact.archivedAt === null && contact.mergedInto === null && contact.indexedAt <= now;
  const found = candidates(state, groups).filter(
    (contact) =>
      seen(contact) &&
      (groups.length === 0 || groups.some((group) => group.filters.every((filter) => matches(contact, filter)))),
  );
  const sort = sortOf(body.sorts?.[0]);
  if (sort !== null) {
    const sign = sort.descending ? -1 : 1;
    found.sort(
      (a, b) =>
        sign *
        (asNumber(sort.propertyName, valueOf(a, sort.propertyName) ?? '0') -
          asNumber(sort.propertyName, valueOf(b, sort.propertyName) ?? '0')),
    );
  }
  const page = found.slice(after, after + limit);
  return {
    total: found.length,
    results: page.map((contact) => present(contact, body.properties)),
    ...(after + limit < found.length ? { paging: { next: { after: String(after + limit) } } } : {}),
  };
}

function sortOf(sort: NonNullable<SearchBody['sorts']>[number] | undefined) {
  if (sort === undefined) return null;
  if (typeof sort === 'string') return { propertyName: sort.replace(/^-/, ''), descending: sort.startsWith('-') };
  return { propertyName: sort.propertyName, descending: sort.direction === 'DESCENDING' };
}

/** Ids only grow, so a lower bound on the id skips the rest quickly. */
function candidates(state: HubSpotState, groups: readonly { readonly filters: readonly Filter[] }[]): StoredContact[] {
  const [only] = groups;
  const bound =
    groups.length === 1
      ? only?.filters.find((filter) => filter.propertyName === 'hs_object_id' && filter.operator === 'GT')
      : undefined;
  if (bound === undefined) return [...state.inOrder];
  let low = 0;
  let high = state.inOrder.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Number(state.inOrder[middle]?.id ?? 0) > Number(bound.value)) high = middle;
    else low = middle + 1;
  }
  return state.inOrder.slice(low);
}
