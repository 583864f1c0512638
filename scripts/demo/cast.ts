import type { EmulatedWorld } from '../../src/connectors/kit/testing/emulator.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import type { recordEvents } from '../../src/hub/record-events.ts';
import type { saveContact } from '../../src/hub/save-contacts.ts';

const at = (name: string): string => `${name.toLowerCase().replace(' ', '.')}@difficult.example`;
const person = (first_name: string, last_name: string, extra: Record<string, string> = {}) => ({
  first_name,
  last_name,
  email: at(`${first_name} ${last_name}`),
  company: 'Difficult & Co',
  ...extra,
});

/** Twelve people to break things with, named for what they do; this is how they stand before the first synchronisation. */
export function castOfTheDifficult(salesforce: EmulatedWorld, hubspot: EmulatedWorld): void {
  salesforce.seed(
    [
      person('Theo', 'Throttle', { city: 'Slough' }),
      person('Vera', 'Vanished'),
      person('Max', 'Merged'),
      { ...person('Max', 'Merged'), email: 'max.second@difficult.example' },
      person('Lena', 'Leadtocontact', { city: 'Graz' }),
      person('Tina', 'Twice'),
      person('Tina', 'Twice'),
      person('Conrad', 'Conflict', { phone: '+43 1 111' }),
      { first_name: 'Noah', last_name: 'Nomail', company: 'Difficult & Co' },
      { first_name: 'Åsa', last_name: 'Ünïcode', email: 'åsa.ünïcode@difficult.example', company: 'Ängel & Söner' },
    ],
    'lead',
  );
  hubspot.seed([person('Olga', 'Optedout'), person('Paul', 'Picklist', { job_title: 'Boss' })], 'lead');
}

interface Stage {
  readonly salesforce: EmulatedWorld;
  readonly hubspot: EmulatedWorld;
  readonly saveContact: typeof saveContact;
  readonly recordEvents: typeof recordEvents;
}

/** What happens to them afterwards: deletions, a merge, a conversion, edits on both sides, hub people for the CRMs. */
export async function makeTrouble(engine: EngineDeps, stage: Stage): Promise<void> {
  const { salesforce } = stage;
  const id = (words: string, index = 0): string => salesforce.find(words, 10)[index]?.id ?? '';
  const edit = (email: string, fields: Record<string, unknown>) =>
    engine.store.transaction((trx) =>
      stage.saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: engine.clock.now(), newId: () => engine.ids.next('ct'), mode: 'upsert' },
      ),
    );
  salesforce.remove(id('Vera Vanished'));
  salesforce.merge(id('Max Merged', 1), id('Max Merged', 0));
  salesforce.convert(id('Lena Leadtocontact'));
  salesforce.edit(id('Conrad Conflict'), { phone: '+43 1 222' });
  await edit(at('Conrad Conflict'), { phone: '+43 1 333' });
  await edit(at('Rita Required'), { first_name: 'Rita', last_name: 'Required', city: 'Riga' });
  await edit(at('Laura Longname'), {
    first_name: 'Laura',
    last_name: 'Longname',
    company: 'Difficult & Co',
    city: 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch',
  });
  for (const name of ['Rita Required', 'Laura Longname']) {
    const event = {
      id: `demo-${name}`,
      type: 'form',
      email: at(name),
      at: engine.clock.now(),
      data: { phase: 'purchase' },
    };
    await engine.store.transaction((trx) => stage.recordEvents(trx, [event], engine.clock.now()));
  }
}
