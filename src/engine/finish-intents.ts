import { sql } from 'kysely';
import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { leaveDue, settleDue } from '../store/due.ts';
import { noCounts, sumCounts } from './counts.ts';
import type { PlannedWrite } from './export-plan.ts';
import { findCreated } from './export-read.ts';
import { settleWrite } from './export-settle.ts';
import { arrived, madeBy, mayHold, type OpenIntent } from './intent-proof.ts';
import { Effects, writeEffects } from './page-effects.ts';
import { readContacts, readLinks } from './page-state.ts';
import type { RunContext } from './run-context.ts';
import { checkLease, storeCounts } from './sync-page.ts';

interface IntentRow extends OpenIntent {
  id: string;
  crm_id: string | null;
  email_key: string;
  due_version: number | null;
  created_at: number;
}

/**
 * R31: writes whose answer never came, from this process or one that died. A create is sought by link-back and by the
 * e-mail as sent, and settled if it is there; absence is believed only after the CRM's look-ups can no longer lag.
 * An update needs no search: its record is read again and decided again, and what was written agrees.
 */
export async function finishIntents(ctx: RunContext): Promise<void> {
  const { deps, connection } = ctx;
  const now = deps.clock.now();
  const open = await sql<IntentRow>`
    select id, contact_id, crm_id, kind, op, email_key, fields, writes, due_version, created_at from intents
     where connection_id = ${connection.id} and not_before <= ${now} order by created_at limit 1000`.execute(
    deps.store.db,
  );
  if (open.rows.length === 0) return;
  const creates = open.rows.filter((row) => row.op === 'create');
  const updates = open.rows.filter((row) => row.op === 'update');
  const found =
    creates.length === 0
      ? new Map<string, RemoteRecord>()
      : await findCreated(
          ctx,
          creates.map((row) => ({ contactId: row.contact_id, emailKey: row.email_key })),
        );
  for (const record of await readUpdated(ctx, updates)) found.set(record.contactId, record.record);
  await deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    const ids = open.rows.map((row) => row.contact_id);
    const contacts = new Map(
      (await readContacts(trx, { ids, emailKeys: [], lock: true, consents: false })).map((contact) => [
        contact.id,
        contact,
      ]),
    );
    const crmIds = [...found.values()].map((record) => record.id);
    const known = await readLinks(trx, connection.id, { crmIds, contactIds: ids, lock: true, now });
    const holders = new Map(known.map((link) => [link.crmId, link]));
    const links = new Map(
      known.flatMap((link) =>
        link.role === 'primary' && link.contactId !== null ? [[link.contactId, link] as const] : [],
      ),
    );
    const effects = new Effects();
    const added = noCounts();
    const over: string[] = [];
    const settled: { subject: string; version: number }[] = [];
    const left: { subject: string; version: number }[] = [];
    for (const row of open.rows) {
      const contact = contacts.get(row.contact_id);
      const record = found.get(row.contact_id);
      const link = contact === undefined ? null : (links.get(contact.id) ?? null);
      const isOurs =
        record !== undefined &&
        mayHold(record, link, holders.get(record.id)) &&
        (row.op === 'update' || madeBy(ctx, row, record));
      // What we made may not be visible yet, also where somebody else's record of that address is (R31).
      const believed = row.op === 'update' || now - row.created_at >= ctx.manifest.lookupLagMs;
      if (contact === undefined || isOurs || believed) over.push(row.id);
      if (contact === undefined || record === undefined || !isOurs) continue;
      const mark = { subject: contact.id, version: row.due_version ?? 0, reason: 'intent', express: false, tries: 0 };
      const owed = { mark, contact, link, record, found: [] };
      const fields = row.op === 'create' ? row.writes : arrived(ctx, row, record);
      if (fields.length === 0 && row.op === 'update') continue;
      // The link may exist already: the feed has shown the record and the e-mail of the intent led here (R31c).
      const planned: PlannedWrite = {
        owed,
        kind: record.kind,
        link,
        conflicts: 0,
        fields,
        write: { op: row.op, kind: row.kind, key: row.id, fields: row.fields, id: record.id },
      };
      settleWrite(ctx, effects, planned, { kind: 'stored', id: record.id, record, certain: record.byUs === true });
      added.seen += 1;
      added[row.op === 'create' ? 'created' : 'updated'] += 1;
      // What has not arrived is still owed; the next run looks, so that this one counts nobody twice (R43).
      const whole = fields.length === row.writes.length;
      (whole ? settled : left).push({ subject: contact.id, version: row.due_version ?? 0 });
    }
    await writeEffects(trx, effects, {
      connectionId: connection.id,
      runId: ctx.run.id,
      direction: 'toCrm',
      at: now,
      ids: deps.ids,
      rescore: false,
    });
    await settleDue(trx, connection.id, 'crm', settled);
    await leaveDue(trx, connection.id, ctx.seenBy, left);
    await sql`delete from intents where id = any(${over}::text[])`.execute(trx);
    Object.assign(ctx.counts, sumCounts(ctx.counts, added));
    await storeCounts(trx, ctx, ctx.counts);
  });
}

async function readUpdated(
  ctx: RunContext,
  rows: readonly IntentRow[],
): Promise<{ contactId: string; record: RemoteRecord }[]> {
  const result: { contactId: string; record: RemoteRecord }[] = [];
  for (const kind of ctx.manifest.kinds) {
    const wanted = rows.filter((row) => row.kind === kind && row.crm_id !== null);
    const ids = wanted.flatMap((row) => row.crm_id ?? []);
    if (ids.length === 0) continue;
    const byId = new Map((await ctx.connector.readByIds(kind, ids, ctx.asked)).map((record) => [record.id, record]));
    for (const row of wanted) {
      const record = byId.get(row.crm_id ?? '');
      if (record !== undefined) result.push({ contactId: row.contact_id, record });
    }
  }
  return result;
}
