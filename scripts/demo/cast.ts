import type { HubSpotState } from '../../src/connectors/hubspot/emulator/state.ts';
import type { EmulatedPerson, EmulatedWorld, Emulator } from '../../src/connectors/kit/testing/emulator.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { recordEvents } from '../../src/hub/record-events.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';

/** The twelve, and what happens to each; the README's "what to try" and the end-to-end test are this list. */
export const CAST = [
  ['Theo Throttle', 'HubSpot answers each write of his with 429 first; the run waits and goes on'],
  ['Vera Vanished', 'was deleted in Salesforce: she stays here, marked, and is not made again'],
  ['Max Merged', 'was there twice under two addresses, and the two were merged in Salesforce'],
  ['Lena Leadtocontact', 'was converted in Salesforce and belongs to sales now'],
  ['Olga Optedout', 'opted out in Salesforce; a rep who unticked it there does not lift it, which waits for you'],
  ['Rita Required', 'has no company, which Salesforce demands: set a default in To fix'],
  ['Noah Nomail', 'has no e-mail address in Salesforce and cannot come in'],
  ['Paul Picklist', 'has a job title that is not in the list of HubSpot: map the value in To fix'],
  ['Tina Twice', 'is in Salesforce twice with one address; one of the two is kept in step'],
  ['Åsa Ünïcode', 'went out with every letter, sign and direction of writing as it was'],
  ['Laura Longname', 'lives in a city whose name is too long for Salesforce; the rest of her went out'],
  ['Conrad Conflict', 'had his phone changed on both sides: the later one won, both are kept'],
] as const;

export const at = (name: string): string => `${name.toLowerCase().replace(' ', '.')}@difficult.example`;
const person = (name: string, extra: Readonly<Record<string, string>> = {}): EmulatedPerson => {
  const [first_name = '', last_name = ''] = name.split(' ');
  return { first_name, last_name, email: at(name), company: 'Difficult & Co', ...extra };
};

/** The race is run by her, and mappings are told by her. */
export const ADA: EmulatedPerson = {
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada.lovelace@example.com',
  company: 'Analytical Engines',
  job_title: 'Boss',
  phone: '+44 20 7946 0001',
  mobile: '+44 7700 900001',
  street: '12 St James’s Square',
  postal_code: 'SW1Y 4JH',
  city: 'London',
  state: 'England',
  country: 'United Kingdom',
  website: 'https://analytical.example',
};

export interface Stage {
  readonly salesforce: Emulator;
  readonly hubspot: Emulator & { readonly state?: HubSpotState };
}

/** How they stand before the first synchronisation. */
export function seedCast({ salesforce, hubspot }: Stage): void {
  const max = person('Max Merged');
  salesforce.world.seed(
    [
      ADA,
      person('Vera Vanished'),
      max,
      { ...max, email: 'max.second@difficult.example' },
      person('Lena Leadtocontact', { city: 'Graz' }),
      person('Olga Optedout'),
      person('Tina Twice', { phone: '+43 1 1' }),
      person('Tina Twice', { phone: '+43 1 2' }),
      person('Conrad Conflict', { phone: '+43 1 111' }),
      { first_name: 'Noah', last_name: 'Nomail', company: 'Difficult & Co' },
    ],
    'lead',
  );
  // HubSpot calls a Boss a CEO; Tandem's mapping knows.
  hubspot.world.seed(
    [
      { ...ADA, job_title: 'CEO' },
      person('Theo Throttle', { city: 'Slough' }),
      person('Paul Picklist', { job_title: 'Clerk' }),
    ],
    'lead',
  );
  hubspot.state?.properties.set('buying_role', {
    name: 'buying_role',
    label: 'Buying role',
    type: 'enumeration',
    fieldType: 'select',
    hubspotDefined: false,
    options: ['Decision maker', 'Budget holder', 'Champion', 'Influencer'].map((label) => ({
      label,
      value: label.toLowerCase().replace(' ', '_'),
      hidden: false,
    })),
  });
}

/** The lines that the cast needs beside the default ones: the opt-out, and a list of HubSpot. */
export async function mapForCast(engine: EngineDeps, salesforce: string, hubspot: string): Promise<void> {
  const of = (name: string) => loadConnection(engine.store.db, name);
  const first = await of(salesforce);
  const optOut = { kind: 'lead', hub: 'opt_out', crm: 'HasOptedOutOfEmail', direction: 'both', optOut: true } as const;
  const others = first.mappings.filter((line) => line.crm !== optOut.crm);
  await updateConnection(engine, first.id, { mappings: [...others, optOut] }, { writtenBy: 'api' });
  const second = await of(hubspot);
  const mappings = second.mappings.map((line) =>
    line.hub === 'job_title' && line.kind === 'lead' ? { ...line, values: { Boss: 'CEO' } } : line,
  );
  const role = {
    kind: 'lead',
    hub: 'job_title',
    crm: 'buying_role',
    direction: 'toCrm',
    values: { Boss: 'Decision maker' },
  } as const;
  await updateConnection(engine, second.id, { mappings: [...mappings, role] }, { writtenBy: 'api' });
}

const idOf = (world: EmulatedWorld, name: string, index = 0): string => world.find(name, 10)[index]?.id ?? '';

async function enter(engine: EngineDeps, name: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
  await engine.store.transaction((trx) =>
    saveContact(
      trx,
      { fields: { email: at(name), ...fields } },
      { by: 'person', at: engine.clock.now(), newId: () => engine.ids.next('ct'), mode: 'upsert' },
    ),
  );
}

/** Somebody of the hub whom nobody in the CRMs knows asks for an offer: the score sends them out. */
async function arrive(engine: EngineDeps, name: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
  const [first_name, last_name] = name.split(' ');
  await enter(engine, name, { first_name, last_name, ...fields });
  const event = {
    id: `demo-${name}`,
    type: 'form',
    email: at(name),
    at: engine.clock.now(),
    data: { phase: 'purchase' },
  };
  await engine.store.transaction((trx) => recordEvents(trx, [event], engine.clock.now()));
}

/**
 * What happens to them after the first synchronisation: deletions, a merge, a conversion, an opt-out, edits on both sides,
 * people whom the CRMs do not take as they are. `synchronise` brings both CRMs into step each time.
 */
export async function playCast(engine: EngineDeps, stage: Stage, synchronise: () => Promise<void>): Promise<void> {
  const { world } = stage.salesforce;
  // Before anything happens in the CRM: Salesforce tells of an edit at once, and one that has come in is no conflict.
  await enter(engine, 'Conrad Conflict', { phone: '+43 1 222' });
  world.remove(idOf(world, 'Vera Vanished'));
  const [kept, lost] = [idOf(world, at('Max Merged')), idOf(world, 'max.second')];
  world.merge(lost, kept);
  world.convert(idOf(world, 'Lena Leadtocontact'));
  world.edit(idOf(world, 'Olga Optedout'), { HasOptedOutOfEmail: true });
  await arrive(engine, 'Rita Required', { city: 'Riga' });
  await arrive(engine, 'Laura Longname', {
    company: 'Difficult & Co',
    city: 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch',
  });
  await arrive(engine, 'Åsa Ünïcode', { company: 'Ängel & Söner 🚲', city: 'Malmö', street: '通り 7, شارع ٣' });
  await enter(engine, 'Paul Picklist', { job_title: 'Kingpin' });
  // Salesforce dates to the second: a moment later is later there, too.
  await engine.clock.sleep(2_100);
  world.edit(idOf(world, 'Conrad Conflict'), { phone: '+43 1 333' });
  await synchronise();

  // Olga's opt-out has arrived; a rep who unticks it does not lift it. Theo's writes are answered 429 first.
  world.edit(idOf(world, 'Olga Optedout'), { HasOptedOutOfEmail: false });
  stage.hubspot.faults.add({
    kind: 'throttle',
    method: 'POST',
    path: '/batch/update',
    body: `"${idOf(stage.hubspot.world, 'Theo Throttle')}"`,
    everyOther: true,
  });
  await enter(engine, 'Theo Throttle', { city: 'Slough, again' });
  await synchronise();
}
