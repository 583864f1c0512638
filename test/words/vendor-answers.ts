import { deletionFaultOf as hubspotDeletion, faultsOf as hubspotFaults } from '../../src/connectors/hubspot/faults.ts';
import type { WriteOutcome } from '../../src/connectors/kit/connector.ts';
import { type DeleteOutcome, deletionFault, deletionOutcomeOf } from '../../src/connectors/kit/deletion.ts';
import { RemoteError } from '../../src/connectors/kit/errors.ts';
import type { HttpAnswer } from '../../src/connectors/kit/http.ts';
import {
  deletionFaultOf as pipedriveDeletion,
  faultsOf as pipedriveFaults,
} from '../../src/connectors/pipedrive/faults.ts';
import {
  DELETION_CODES,
  deletionOf,
  outcomeOf,
  REASONS as SALESFORCE,
} from '../../src/connectors/salesforce/faults.ts';
import { deletionOf as sapDeletion, refusalOf as sapRefusal } from '../../src/connectors/sap-c4c/faults.ts';
import { deletionFaultsOf as sellDeletion, faultsOf as sellFaults } from '../../src/connectors/zendesk-sell/faults.ts';
import { deletionOf as zohoDeletion, refusalOf as zohoRefusal } from '../../src/connectors/zoho/faults.ts';
import type { Fault } from '../../src/core/model.ts';

/** What a vendor says in English: never to be found in a text outside quotation marks. */
export const SAID = 'The value is not the one that was expected by this field';

export const answer = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: new Headers(),
  body,
  serverTime: null,
});
const sapFaults = (outcome: ReturnType<typeof sapDeletion>): readonly Fault[] =>
  outcome.kind === 'stale' ? [] : faultsIn(outcome);
const faultsIn = (outcome: WriteOutcome | DeleteOutcome): readonly Fault[] =>
  outcome.kind === 'refused' ? outcome.faults : [];

/** Refusals of one record as each vendor writes them, through the connector's own eyes: the code, and what it became. */
export function refusals(): readonly {
  readonly crm: string;
  readonly code: string;
  readonly faults: readonly Fault[];
}[] {
  const now = 0;
  const sent = new Map([['JobTitle', { key: 'job', label: 'Function' }]]);
  return [
    ...[...Object.keys(SALESFORCE), 'SOMETHING_NEW'].flatMap((statusCode) =>
      [['Title'], []].map((fields) => ({
        crm: 'salesforce',
        code: statusCode,
        faults: faultsIn(outcomeOf([{ statusCode, message: SAID, fields }], 'create')),
      })),
    ),
    ...['INVALID_OPTION', 'INVALID_EMAIL', 'INVALID_LONG', 'INVALID_DATE', 'MAX_LENGTH', 'READ_ONLY_VALUE']
      .concat(['CONFLICTING_UNIQUE_VALUE', 'REQUIRED_FIELD', 'INVALID_SOMETHING', 'SOMETHING_NEW'])
      .flatMap((code) =>
        [{ propertyName: ['jobtitle'] }, {}].map((context) => ({
          crm: 'hubspot',
          code,
          faults: hubspotFaults({
            category: 'VALIDATION_ERROR',
            message: 'bad',
            errors: [{ code, message: SAID, context }],
          }),
        })),
      ),
    { crm: 'hubspot', code: 'no errors', faults: hubspotFaults({ category: 'VALIDATION_ERROR', message: SAID }) },
    { crm: 'hubspot', code: 'nothing', faults: hubspotFaults('<html>') },
    ...[
      'MANDATORY_NOT_FOUND',
      'DEPENDENT_FIELD_MISSING',
      'RECORD_LOCKED',
      'NOT_APPROVED',
      'NO_PERMISSION',
      'INVALID_DATA',
    ]
      .concat(['DUPLICATE_DATA', 'SOMETHING_NEW'])
      .flatMap((code) =>
        [{ api_name: 'Designation' }, { api_name: 'Designation', maximum_length: 40 }, {}].map((details) => ({
          crm: 'zoho',
          code,
          faults: faultsIn(zohoRefusal({ code, message: SAID, details }, 'create')),
        })),
      ),
    ...['missing', 'blank', 'already_exists', 'invalid_type', 'incorrect_value', 'unknown', 'something_new'].flatMap(
      (code) =>
        [{ field: '/title' }, {}].map((place) => ({
          crm: 'zendesk-sell',
          code,
          faults: sellFaults(answer(422, { errors: [{ error: { code, details: SAID, ...place } }] }), () => 'title'),
        })),
    ),
    ...[403, 413, 422].map((status) => ({
      crm: 'zendesk-sell',
      code: `HTTP ${status}`,
      faults: sellFaults(answer(status, ''), () => null),
    })),
    ...[400, 403].flatMap((status) =>
      [`${SAID} ${'a'.repeat(40)}`, SAID].map((error) => ({
        crm: 'pipedrive',
        code: `${status}`,
        faults: pipedriveFaults(answer(status, { success: false, error }), ['a'.repeat(40), 'job_title']),
      })),
    ),
    ...[
      'JobTitle is mandatory',
      'JobTitle is too long',
      'JobTitle: code Q is not allowed',
      'Function is read-only',
      'JobTitle has another kind of value',
      'Attribute is required',
      SAID,
    ].flatMap((value) =>
      [400, 403].map((status) => ({
        crm: 'sap-c4c',
        code: value,
        faults: faultsIn(
          sapRefusal(
            { status, headers: new Headers(), body: { error: { code: '005056', message: { lang: 'en', value } } } },
            sent,
            now,
          ),
        ),
      })),
    ),
  ];
}

/** Refusals of deleting one record, in the same way. */
export function deletionRefusals(): ReturnType<typeof refusals> {
  return [
    ...[...DELETION_CODES, 'MALFORMED_ID', 'SOMETHING_NEW'].flatMap((statusCode) =>
      [SAID, ''].map((message) => ({
        crm: 'salesforce',
        code: statusCode,
        faults: faultsIn(deletionOf([{ statusCode, message, fields: [] }])),
      })),
    ),
    { crm: 'salesforce', code: 'no errors', faults: faultsIn(deletionOf([])) },
    ...[
      'NO_PERMISSION',
      'RECORD_LOCKED',
      'RECORD_IN_BLUEPRINT',
      'CANNOT_DELETE',
      'INVALID_DATA',
      'SOMETHING_NEW',
    ].flatMap((code) =>
      [SAID, ''].map((message) => ({ crm: 'zoho', code, faults: faultsIn(zohoDeletion({ code, message })) })),
    ),
    ...[403, 409, 422].flatMap((status) =>
      ['', { errors: [{ error: { code: 'something_new', details: SAID } }] }].map((body) => ({
        crm: 'zendesk-sell',
        code: `HTTP ${status}`,
        faults: sellDeletion(answer(status, body)),
      })),
    ),
    ...[400, 403, 404].flatMap((status) =>
      [
        { category: 'VALIDATION_ERROR', message: SAID },
        { category: 'MISSING_SCOPES', message: SAID, errors: [{ context: { requiredGranularScopes: ['crm.write'] } }] },
        '<html>',
      ].map((body) => ({ crm: 'hubspot', code: `${status}`, faults: [hubspotDeletion({ status, body })] })),
    ),
    ...[400, 403, 500].flatMap((status) =>
      [SAID, 'No delete authorization. Please contact your administrator.'].map((value) => ({
        crm: 'sap-c4c',
        code: `HTTP ${status}`,
        faults: sapFaults(
          sapDeletion({ status, headers: new Headers(), body: { error: { code: 'ERROR', message: { value } } } }, 0),
        ),
      })),
    ),
    // What is not even sent.
    { crm: 'sap-c4c', code: 'contacts', faults: [deletionFault('rejected_by_crm', { why: 'deletion_not_offered' })] },
    { crm: 'zendesk-sell', code: 'companies', faults: [deletionFault('rejected_by_crm', { why: 'deletion_company' })] },
    {
      crm: 'zoho',
      code: 'bin',
      faults: [deletionFault('no_permission', { why: 'deletion_in_bin', code: 'NO_PERMISSION' })],
    },
    ...[400, 403, 422].flatMap((status) =>
      [{ success: false, error: SAID, error_info: 'Please check.' }, { message: SAID, code: 'ERR_X' }, null].map(
        (body) => ({
          crm: 'pipedrive',
          code: `${status}`,
          faults: [pipedriveDeletion({ status, body })],
        }),
      ),
    ),
    // Of a whole call, whichever CRM it is.
    ...(['invalid', 'forbidden'] as const).flatMap((kind) =>
      [{ status: 400 }, { status: 403, code: 'MISSING_SCOPES', params: { scope: 'crm.write' } }, {}].map((details) => ({
        crm: 'hubspot',
        code: kind,
        faults: faultsIn(deletionOutcomeOf(new RemoteError(kind, 'for the log', details))),
      })),
    ),
  ];
}
