import { describedField, type SalesforceFault, type SalesforceState } from './state.ts';

const COUNTRIES = [
  ['FR', 'France'],
  ['US', 'United States'],
] as const;
const STATES = [
  ['US', 'CA', 'California'],
  ['US', 'NY', 'New York'],
] as const;

/** An administrator switches on *State and Country/Territory Picklists*. */
export function useAddressLists(state: SalesforceState): void {
  for (const [object, prefix] of [
    ['Lead', ''],
    ['Contact', 'Mailing'],
  ] as const)
    for (const [part, pairs] of [
      ['CountryCode', COUNTRIES],
      ['StateCode', STATES.map(([, code, name]) => [code, name] as const)],
    ] as const)
      state.fields[object].set(
        `${prefix}${part}`,
        describedField(`${prefix}${part}`, 'picklist', {
          restrictedPicklist: true,
          picklistValues: pairs.map(([value, label]) => ({ active: true, value, label })),
        }),
      );
  state.addresses = (object, row) => wrongAddress(row, object === 'Lead' ? '' : 'Mailing');
}

/** The vendor's words of both refusals; a state belongs to a country. */
function wrongAddress(row: Readonly<Record<string, unknown>>, prefix: string): SalesforceFault | null {
  const [country, state] = [row[`${prefix}Country`] ?? null, row[`${prefix}State`] ?? null];
  const say = (message: string, part: string): SalesforceFault => ({
    statusCode: 'FIELD_INTEGRITY_EXCEPTION',
    message,
    fields: [`${prefix}${part}`],
  });
  const code = COUNTRIES.find(([, name]) => name === country)?.[0];
  if (country !== null && code === undefined)
    return say("There's a problem with this country, even though it may appear correct.", 'Country');
  if (state === null) return null;
  if (code === undefined) return say('A country/territory must be specified before specifying a state value', 'State');
  return STATES.some(([of, , name]) => of === code && name === state)
    ? null
    : say("There's a problem with this state, even though it may appear correct.", 'State');
}
