import { sql } from 'kysely';
import type { LineKey } from '../core/model.ts';
import { isEmpty } from '../core/value.ts';
import { type CompaniesFound, resolveCompanies, withoutEnded } from './companies.ts';
import { companyKey, keepCompanies } from './company-store.ts';
import type { Planned, PlannedWrite } from './export-plan.ts';
import type { Owed } from './export-read.ts';
import { addItem, rejectFields, rejectWhole } from './export-reject.ts';
import type { Effects } from './page-effects.ts';
import type { RunContext } from './run-context.ts';

export interface Resolved {
  readonly writes: readonly PlannedWrite[];
  /** The CRM does not take a company that it demands of them, or that is all there was to write. */
  readonly refused: readonly { readonly owed: Owed }[];
  /** Their company is not known yet: their debt stays, until then. */
  readonly waiting: readonly { readonly owed: Owed; readonly notBefore: number }[];
}

/** R25: companies before the people who need them. Field keys of this write that name one, with the name. */
function companiesOf(ctx: RunContext, { kind, write }: PlannedWrite): readonly { field: string; name: string }[] {
  return (ctx.schema.kinds[kind] ?? []).flatMap(({ key, company }) => {
    const value = company === true ? write.fields[key] : undefined;
    return value === undefined || isEmpty(value) ? [] : [{ field: key, name: String(value) }];
  });
}

/**
 * Finds or makes the companies of a batch and gives each write their ids. Who needs a company whose answer never came
 * waits; who needs one that the CRM refuses is written without it, with a rejection that names the field (R15b).
 */
export async function withCompanies(ctx: RunContext, planned: Planned, effects: Effects): Promise<Resolved> {
  const needed = planned.writes.map((one) => companiesOf(ctx, one));
  const names = needed.flat().map((one) => one.name);
  if (names.length === 0 || ctx.connector.companies === undefined)
    return { writes: planned.writes, refused: [], waiting: [] };
  const found = await resolveCompanies(ctx, names);
  const writes: PlannedWrite[] = [];
  const refused: Resolved['refused'][number][] = [];
  const waiting: Resolved['waiting'][number][] = [];
  for (const [index, one] of planned.writes.entries()) {
    const own = needed[index] ?? [];
    const until = own.map(({ name }) => found.waiting.get(companyKey(name)) ?? 0);
    const notBefore = Math.max(0, ...until);
    if (notBefore > 0) {
      waiting.push({ owed: one.owed, notBefore });
      continue;
    }
    const write = withIds(ctx, effects, { planned: one, own, found });
    if (write === null) refused.push({ owed: one.owed });
    else writes.push(write);
  }
  return { writes, refused, waiting };
}

function withIds(
  ctx: RunContext,
  effects: Effects,
  input: {
    readonly planned: PlannedWrite;
    readonly own: readonly { field: string; name: string }[];
    readonly found: CompaniesFound;
  },
): PlannedWrite | null {
  const { planned, own, found } = input;
  if (own.length === 0) return planned;
  const companyIds = Object.fromEntries(
    own.flatMap(({ field, name }) => {
      const id = found.ids.get(companyKey(name));
      return id === undefined ? [] : [[field, id]];
    }),
  );
  const without = new Set(own.map(({ field }) => field).filter((field) => companyIds[field] === undefined));
  const rest = without.size === 0 ? planned : rejected(ctx, effects, { planned, without, found, own });
  return rest === null ? null : { ...rest, write: { ...rest.write, companyIds } };
}

/** The good fields are written all the same; where the company is demanded the person is rejected. */
function rejected(
  ctx: RunContext,
  effects: Effects,
  input: {
    readonly planned: PlannedWrite;
    readonly without: ReadonlySet<string>;
    readonly found: CompaniesFound;
    readonly own: readonly { field: string; name: string }[];
  },
): PlannedWrite | null {
  const { planned, without } = input;
  const { owed, kind, write, link } = planned;
  const schema = ctx.schema.kinds[kind] ?? [];
  const faultOf = (field: string) => {
    const name = input.own.find((one) => one.field === field)?.name ?? '';
    const fault = input.found.refused.get(companyKey(name));
    const label = schema.find((one) => one.key === field)?.label ?? field;
    const { reason, params } = fault ?? { reason: 'rejected_by_crm' as const, params: {} };
    return { reason, field, params: { label, ...params } };
  };
  const demanded = [...without].find((field) => schema.some((one) => one.key === field && one.required));
  const crmId = link?.crmId ?? null;
  if (demanded !== undefined && write.op === 'create') {
    rejectWhole(effects, { owed, kind, crmId, fault: faultOf(demanded) });
    return null;
  }
  const left = planned.fields.filter((one) => without.has(one.field));
  const faults = left.map((one) => ({ key: one.key, fault: faultOf(one.field), value: one.source }));
  const lines: readonly LineKey[] = [];
  rejectFields(ctx, effects, { owed, kind, crmId, faults, lines });
  const fields = Object.fromEntries(Object.entries(write.fields).filter(([key]) => !without.has(key)));
  if (Object.keys(fields).length > 0)
    return { ...planned, write: { ...write, fields }, fields: planned.fields.filter((one) => !without.has(one.field)) };
  addItem(effects, {
    owed,
    kind,
    crmId,
    crmUrl: link?.crmUrl ?? null,
    outcome: 'rejected',
    fault: faults[0]?.fault ?? null,
    changes: [],
  });
  return null;
}

/**
 * R31: companies whose answer never came and that nobody needs any more are sought once more, when the CRM's look-ups can
 * no longer lag: what is there is remembered, what is not was not made.
 */
export async function finishCompanies(ctx: RunContext): Promise<void> {
  const { deps, connection, manifest } = ctx;
  const part = ctx.connector.companies;
  if (part === undefined) return;
  const open = await sql<{ name_key: string; name: string }>`
    select name_key, name from company_intents where connection_id = ${connection.id}
       and created_at <= ${deps.clock.now() - Math.max(manifest.lookupLagMs, 60_000)} order by created_at limit 500`.execute(
    deps.store.db,
  );
  if (open.rows.length === 0) return;
  const names = open.rows.map((row) => row.name);
  const found = await withoutEnded(ctx, await part.find(names));
  await deps.store.transaction(async (trx) => {
    await keepCompanies(trx, connection.id, found.flat(), { at: deps.clock.now(), revives: true });
    await sql`delete from company_intents where connection_id = ${connection.id} and name_key = any(${names.map(companyKey)}::text[])`.execute(
      trx,
    );
  });
}
