import type { Account, CompanyRights, Finding } from '../connectors/kit/account.ts';
import type { Connector, Manifest } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import type { Kind } from '../core/model.ts';
import type { Connection } from './connection.ts';

/** What the integration user may not do with a whole kind, as far as this connection means to do it. */
export function rightsOf(connection: Connection, account: Account, manifest: Manifest): Finding[] {
  const { export: out } = connection.settings;
  const createAs = manifest.kinds.includes(out.createAs) ? out.createAs : manifest.kinds[0];
  return Object.entries(account.rights ?? {}).flatMap(([kind, { object, create, update, companies }]): Finding[] => {
    const lines = connection.mappings.filter((line) => line.kind === kind && line.enabled !== false);
    const isWritten = lines.some((line) => line.direction !== 'toHub');
    const isMade = out.enabled && kind === createAs;
    const lacks = (code: string): Finding => ({ level: 'warning', code, params: { object } });
    return [
      ...(isMade && !create ? [lacks('no_right_to_create')] : []),
      ...(isWritten && !update ? [lacks('no_right_to_update')] : []),
      ...(companies === undefined ? [] : companyFindings(companies, lines, isMade)),
    ];
  });
}

/** R25: companies are looked at only where a line names them, and what it takes to make one only where people are made. */
function companyFindings(
  { object, field, read, create, required }: CompanyRights,
  lines: Connection['mappings'],
  isMade: boolean,
): Finding[] {
  const named = lines.filter((line) => line.crm === field);
  const tell = (code: string, params: Finding['params']): Finding[] => [{ level: 'warning', code, params }];
  if (named.length === 0) return [];
  if (!read) return tell('missing_right', { object });
  if (!isMade || named.every((line) => line.direction === 'toHub')) return [];
  if (!create) return tell('no_right_to_create_companies', { object });
  return required.length === 0 ? [] : tell('companies_demand_more', { object, fields: required.join(', ') });
}

const SYSTEM: readonly string[] = ['url', 'score', 'status', 'source'];

/** R12: what a line towards contacts carries is less than its direction says; an administrator shall not have to find out. */
export function contactLinesOf(connection: Connection, manifest: Manifest): Finding[] {
  const { export: out } = connection.settings;
  if (!out.enabled || !manifest.kinds.includes('contact')) return [];
  const hubs = connection.mappings.flatMap((line) =>
    line.kind === 'contact' &&
    line.enabled !== false &&
    line.direction !== 'toHub' &&
    line.optOut !== true &&
    !SYSTEM.includes(line.hub)
      ? [line.hub]
      : [],
  );
  if (hubs.length === 0) return [];
  const code = out.createAs === 'contact' ? 'contact_lines_once' : 'contact_lines_never';
  return [{ level: 'info', code, params: { fields: hubs.slice(0, 5).join(', ') } }];
}

const MISSING: readonly string[] = [
  'mapped_field_missing',
  'mapped_field_misspelt',
  'sync_field_missing',
  'sync_field_misspelt',
  'system_field_missing',
];

/**
 * A field that the CRM has and does not show to us is not missing: an administrator has to show it. @returns the findings, with
 * that said where it is so; what cannot be asked stays as it was.
 */
export async function showHidden(
  connector: Connector,
  findings: readonly Finding[],
  manifest: Manifest,
): Promise<readonly Finding[]> {
  const { fields } = connector;
  const missing = findings.filter((one) => MISSING.includes(one.code));
  if (fields?.hidden === undefined || missing.length === 0) return findings;
  const found = new Map<string, Kind>();
  for (const kind of manifest.kinds) {
    const keys = missing
      .filter((one) => one.params['kind'] === undefined || one.params['kind'] === kind)
      .map((one) => String(one.params['field']));
    try {
      for (const key of await fields.hidden(kind, [...new Set(keys)])) if (!found.has(key)) found.set(key, kind);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      return findings;
    }
  }
  const told = new Set<string>();
  return findings.flatMap((one): Finding[] => {
    const field = String(one.params['field']);
    if (!MISSING.includes(one.code) || !found.has(field)) return [one];
    // Once for each field, whatever it is wanted for.
    const isTold = told.has(field);
    told.add(field);
    return isTold
      ? []
      : [
          {
            level: one.level === 'error' ? 'error' : 'warning',
            code: 'field_hidden',
            params: { field, crm: manifest.label },
          },
        ];
  });
}
