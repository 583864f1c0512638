import { error } from './answers.ts';
import { matches, type Soql } from './soql.ts';
import { type SalesforceFault, type SalesforceState, stamp } from './state.ts';

type Result =
  | { readonly id: string; readonly success: true; readonly errors: readonly [] }
  | { readonly success: false; readonly errors: readonly SalesforceFault[] };

const STATUSES = [
  { ApiName: 'Not Started', MasterLabel: 'Not Started', IsClosed: false },
  { ApiName: 'Completed', MasterLabel: 'Completed', IsClosed: true },
] as const;
const COLUMNS = ['Id', 'WhoId', 'Subject', 'Description', 'ActivityDate', 'Status', 'CreatedDate', 'IsDeleted'];

/** A task about a person who is there. */
export function createTask(state: SalesforceState, values: Readonly<Record<string, unknown>>): Result {
  const refuse = (statusCode: string, message: string, fields: readonly string[]): Result => ({
    success: false,
    errors: [{ statusCode, message, fields }],
  });
  const unknown = Object.keys(values).find((name) => !COLUMNS.includes(name));
  if (unknown !== undefined)
    return refuse('INVALID_FIELD', `No such column '${unknown}' on sobject of type Task`, [unknown]);
  const person = state.rows.get(String(values['WhoId'] ?? ''));
  if (person === undefined) return refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', ['WhoId']);
  if (person.IsDeleted) return refuse('ENTITY_IS_DELETED', 'entity is deleted', ['WhoId']);
  if (!STATUSES.some((status) => status.ApiName === values['Status']))
    return refuse('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', `bad value for restricted picklist field`, ['Status']);
  if (String(values['Subject'] ?? '').length > 255)
    return refuse('STRING_TOO_LONG', 'Subject: data value too large (max length=255)', ['Subject']);
  const made = state.timeline.add({
    recordId: person.Id,
    text: `${String(values['Subject'] ?? '')}\n${String(values['Description'] ?? '')}`,
    at: state.clock.now(),
  });
  return { id: idOf(made.id), success: true, errors: [] };
}

const idOf = (id: string): string => `00TEM${id.padStart(10, '0')}AAA`;

/** Tasks by the people whom they are about, and what the org calls their statuses. */
export function queryTasks(state: SalesforceState, soql: Soql): { body: object; status: 200 | 400 } | null {
  if (soql.object !== 'Task' && soql.object !== 'TaskStatus') return null;
  const rows: Readonly<Record<string, string | boolean>>[] =
    soql.object === 'TaskStatus'
      ? [...STATUSES]
      : state.timeline.all().map((entry) => ({
          Id: idOf(entry.id),
          WhoId: entry.recordId,
          Subject: entry.text.split('\n')[0] ?? '',
          Description: entry.text.split('\n').slice(1).join('\n'),
          Status: 'Completed',
          CreatedDate: stamp(entry.at),
          IsDeleted: false,
        }));
  const found = rows.filter((row) => soql.where === null || matches(soql.where, (name) => row[name] ?? null));
  const unknown = soql.fields.find((name) => soql.object === 'Task' && !COLUMNS.includes(name));
  if (unknown !== undefined)
    return { body: error('INVALID_FIELD', `No such column '${unknown}' on entity 'Task'.`), status: 400 };
  const records = found.map((row) => ({
    attributes: { type: soql.object },
    ...Object.fromEntries(soql.fields.map((name) => [name, row[name] ?? null])),
  }));
  return { body: { totalSize: records.length, done: true, records }, status: 200 };
}
