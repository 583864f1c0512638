import type { z } from 'zod';
import { api, routes } from '../../api/client.ts';

export type Pair = z.output<typeof routes.emulatedPair.response>;
export type Side = 'hub' | 'crm';

/** What one race was like, as the run itself tells it. */
export interface Finish {
  readonly key: number;
  /** Hub field. */
  readonly field: string;
  /** The side that was edited. */
  readonly from: Side;
  readonly before: string;
  readonly after: string;
  /** From the key press until the other side had it, ms. */
  readonly ms: number;
  readonly calls: number;
  readonly rule: string | null;
  readonly winner: Side | null;
  /** Why it did not arrive, in the reader's language. */
  readonly refused: string | null;
  readonly arrived: boolean;
}

const shownOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
/** The value of one side, as text. */
export const valueOf = (pair: Pair, side: Side, field: string): string =>
  shownOf(side === 'hub' ? pair.contact.fields[field] : pair.record.fields[field]);

async function edit(connectionId: string, pair: Pair, side: Side, field: string, value: string): Promise<void> {
  const fields = { [field]: value === '' ? null : value };
  if (side === 'hub') await api(routes.updateContact, { params: { id: pair.contact.id }, body: { fields } });
  else await api(routes.editEmulated, { params: { id: connectionId, record: pair.record.id }, body: { fields } });
}

/** Reads what the runs did with this person: the rule that decided, or why nothing came of it. */
async function judge(ids: readonly string[], pair: Pair, names: readonly string[]) {
  const pages = await Promise.all(ids.map((id) => api(routes.items, { params: { id }, query: { limit: 50 } })));
  const items = pages.flatMap((page) => page.items).filter((item) => item.contactId === pair.contact.id);
  const change = items.flatMap((item) => item.changes).find((one) => names.includes(one.field));
  return { rule: change?.rule ?? null, refused: items.find((item) => item.message !== null)?.message ?? null };
}

/** One value changes on one side; the run of this person carries it over. Everything told of it is measured. */
export async function runRace(race: {
  readonly connectionId: string;
  readonly pair: Pair;
  readonly side: Side;
  readonly field: string;
  readonly value: string;
}): Promise<{ readonly finish: Finish; readonly pair: Pair }> {
  const { connectionId, pair, side, field, value } = race;
  const started = performance.now();
  await edit(connectionId, pair, side, field, value);
  const { runs } = await api(routes.startRuns, {
    params: { id: connectionId },
    query: { wait: 60 },
    body: { mode: 'changes', direction: side === 'crm' ? 'toHub' : 'toCrm', emails: [pair.contact.email] },
  });
  const after = await api(routes.emulatedPair, { params: { id: connectionId }, query: { contact: pair.contact.id } });
  const ms = performance.now() - started;
  const other: Side = side === 'hub' ? 'crm' : 'hub';
  const names = [field, pair.fields.find((one) => one.hub === field)?.crm ?? field];
  const verdict = await judge(
    runs.map((run) => run.id),
    pair,
    names,
  );
  return {
    pair: after,
    finish: {
      key: started,
      field,
      from: side,
      before: valueOf(pair, side, field),
      after: valueOf(after, other, field),
      ms,
      calls: runs.reduce((sum, run) => sum + run.apiCalls, 0),
      winner: null,
      arrived: valueOf(after, other, field) === valueOf(after, side, field),
      ...verdict,
    },
  };
}

/** Both sides change one field before anything is synchronised: a real conflict. */
export async function runBoth(race: {
  readonly connectionId: string;
  readonly pair: Pair;
  readonly field: string;
  readonly values: Readonly<Record<Side, string>>;
}): Promise<{ readonly finish: Finish; readonly pair: Pair }> {
  const { connectionId, pair, field, values } = race;
  const started = performance.now();
  await edit(connectionId, pair, 'crm', field, values.crm);
  await edit(connectionId, pair, 'hub', field, values.hub);
  const { runs } = await api(routes.startRuns, {
    params: { id: connectionId },
    query: { wait: 60 },
    body: { mode: 'changes', emails: [pair.contact.email] },
  });
  const after = await api(routes.emulatedPair, { params: { id: connectionId }, query: { contact: pair.contact.id } });
  const ms = performance.now() - started;
  const names = [field, pair.fields.find((one) => one.hub === field)?.crm ?? field];
  const verdict = await judge(
    runs.map((run) => run.id),
    pair,
    names,
  );
  const winner: Side = valueOf(after, 'hub', field) === values.hub ? 'hub' : 'crm';
  return {
    pair: after,
    finish: {
      key: started,
      field,
      from: winner,
      before: values[winner === 'hub' ? 'crm' : 'hub'],
      after: valueOf(after, winner, field),
      ms,
      calls: runs.reduce((sum, run) => sum + run.apiCalls, 0),
      winner,
      arrived: valueOf(after, 'hub', field) === valueOf(after, 'crm', field),
      ...verdict,
    },
  };
}
