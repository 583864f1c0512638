import type { Company } from '../connectors/kit/companies.ts';
import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { type Admission, admits } from '../core/admit.ts';
import { decideLinked } from './decide-linked.ts';
import { decideUnlinked } from './decide-unlinked.ts';
import type { Effects } from './page-effects.ts';
import { contactIdOf, emailKeys, type LinkState, type PageState } from './page-state.ts';
import { type RecordOutcome, recordName } from './record-case.ts';
import type { RunContext } from './run-context.ts';
import { fieldNamed } from './system-fields.ts';

/** Decides one record of a page on the locked state, and changes that state as the next records must see it. */
export function decideRecord(ctx: RunContext, state: PageState, effects: Effects, record: RemoteRecord): RecordOutcome {
  const link = linkOf(state, effects, record);
  if (link === undefined && isErased(state, record)) return { outcome: 'filtered', reason: 'erased' };
  const admission = admits(admissionOf(ctx, record), ctx.connection.settings.import);
  remember(ctx, effects, record, admission);
  const result =
    link === undefined
      ? decideUnlinked(ctx, { state, effects, record, admission })
      : decideLinked(ctx, { state, effects, record, admission, link });
  return result;
}

function linkOf(state: PageState, effects: Effects, record: RemoteRecord): LinkState | undefined {
  const link =
    state.byCrmId.get(record.id) ??
    state.byFormerId.get(record.id) ??
    record.formerIds.map((id) => state.byCrmId.get(id)).find((found) => found !== undefined);
  if (link === undefined || !isLoose(state, link, record)) return link;
  effects.dropped.add(link.id);
  effects.links.delete(link.id);
  effects.cleared.push({ contactId: null, crmId: record.id });
  state.byCrmId.delete(link.crmId);
  for (const former of link.formerIds) state.byFormerId.delete(former);
  return undefined;
}

/** Nobody's any more, or a second record that has an address of its own now: a person of its own (R14). */
function isLoose(state: PageState, link: LinkState, record: RemoteRecord): boolean {
  if (link.contactId === null) return true;
  const contact = state.contacts.get(link.contactId);
  if (link.role !== 'duplicate' || contact === undefined || link.crmId !== record.id) return false;
  return !emailKeys(record.emails).some(
    (key) => key === contact.emailKey || state.byOtherEmail.get(key)?.has(contact.id) === true,
  );
}

const isErased = (state: PageState, record: RemoteRecord): boolean =>
  state.erased.size > 0 &&
  (state.erased.has(record.id) || emailKeys(record.emails).some((key) => state.erased.has(key)));

function admissionOf(ctx: RunContext, record: RemoteRecord): Parameters<typeof admits>[0] {
  const { contactFilter } = ctx.connection.settings.import;
  // The filter concerns contacts only (R11).
  if (record.kind === 'lead' || !contactFilter.enabled) return record;
  const key = fieldNamed(ctx.schema.kinds[record.kind], contactFilter.field);
  const field = ctx.schema.kinds[record.kind]?.find((one) => one.key === key);
  const label = field?.options?.find((option) => option.id === record.fields[key])?.label;
  const fields =
    key === contactFilter.field
      ? record.fields
      : { ...record.fields, [contactFilter.field]: record.fields[key] ?? null };
  return { kind: record.kind, fields, ...(label === undefined ? {} : { syncLabel: label }) };
}

function remember(ctx: RunContext, effects: Effects, record: RemoteRecord, admission: Admission): void {
  effects.directory.push({
    crm_id: record.id,
    kind: record.kind,
    emails: emailKeys(record.emails),
    link_back: contactIdOf(record.linkBack),
    converted_to: record.convertedTo?.id ?? null,
    name: recordName(ctx, record),
    modified_at: record.modifiedAt,
    filtered: admission.in ? null : admission.why,
    company_id: record.companyId ?? null,
  });
  const company = companyOf(ctx, record);
  if (company !== null) effects.companies.set(company.id, company);
}

/** R25: the company that the record belongs to, by the name that the CRM has for it. */
function companyOf(ctx: RunContext, record: RemoteRecord): Company | null {
  if (record.companyId === undefined || record.companyId === null) return null;
  const field = ctx.schema.kinds[record.kind]?.find((one) => one.company === true);
  const name = field === undefined ? undefined : record.fields[field.key];
  return typeof name === 'string' && name !== '' ? { id: record.companyId, name } : null;
}
