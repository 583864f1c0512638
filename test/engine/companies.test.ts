import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createPipedriveEmulator, type PipedriveEmulator } from '../../src/connectors/pipedrive/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const BASE = 'http://localhost:4000';
class Crash extends Error {}

describeEachDatabase('companies', (open) => {
  let clock: TestClock;
  let crm: PipedriveEmulator;
  let deps: EngineDeps;
  let id: string;
  let crashAt: string | null;
  let calls: string[];
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createPipedriveEmulator({ clock });
    crashAt = null;
    calls = [];
    deps = testDeps(
      open(),
      clock,
      (url, init) => {
        calls.push(`${init.method ?? 'GET'} ${new URL(url).pathname}`);
        return crm.request(url, init);
      },
      {
        checkpoint: (name) => {
          if (name !== crashAt) return;
          crashAt = null;
          throw new Crash(name);
        },
      },
    );
    id = (
      await createConnection(
        deps,
        {
          name: 'pd',
          crm: 'pipedrive',
          enabled: true,
          credentials: crm.credentials,
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
  });
  const sync = async (request = {}) => {
    clock.advance(60_000);
    return syncNow(deps, id, request);
  };
  const add = (people: readonly Readonly<Record<string, string>>[]) =>
    open().transaction((trx) =>
      saveContacts(
        trx,
        people.map((fields) => ({ fields })),
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const people = (count: number, company: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => ({
      email: `p${index}@example.com`,
      last_name: `P${index}`,
      company: company(index),
    }));
  const names = () => [...crm.state.organizations.values()].sort();
  const companyOf = async (email: string) => (await findContact(open().db, email, BASE))?.fields['company'];

  test('[R25] a company is found or made once, whatever its spelling and however many people need it, before them', async () => {
    crm.state.organizationNamed('Acme');
    await add(people(30, (index) => ['ACME ', 'Beta  GmbH', 'beta gmbh', 'Gamma'][index % 4] ?? ''));
    const [, out] = await sync();
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 30, rejected: 0, deferred: 0 } });
    expect(names()).toEqual(['Acme', 'Beta  GmbH', 'Gamma']);
    const made = crm.world.all().map((record) => String(record.fields['company']));
    expect(made.filter((name) => name === 'Acme')).toHaveLength(8);
    expect(made.filter((name) => name === 'Beta  GmbH')).toHaveLength(15);
    // Three names are looked up and two are made, not one a person.
    expect(calls.filter((call) => call === 'GET /api/v2/organizations/search')).toHaveLength(3);
    expect(calls.filter((call) => call === 'POST /api/v2/organizations')).toHaveLength(2);
    // Written otherwise, but the same: nothing is written again, and nobody's spelling is replaced.
    const [inn, quiet] = await sync();
    expect([inn?.counts.updated, quiet?.counts.updated, inn?.counts.conflicts]).toEqual([0, 0, 0]);
    expect(await companyOf('p0@example.com')).toBe('ACME');
    await add([{ email: 'late@example.com', last_name: 'Late', company: 'gamma' }]);
    calls = [];
    await sync();
    expect(
      calls.filter((call) => call.includes('organizations/search') || call === 'POST /api/v2/organizations'),
    ).toEqual([]);
  });

  test('[R25] [R31] a company whose answer never came is sought, its people wait for it, and it is there once', async () => {
    await add(people(3, () => 'Acme'));
    crm.faults.add({ kind: 'drop', method: 'POST', path: '/organizations' });
    const [, out] = await sync();
    expect(out).toMatchObject({ counts: { created: 0, deferred: 3 } });
    expect(crm.world.all()).toHaveLength(0);
    const [, again] = await sync();
    expect(again).toMatchObject({ counts: { created: 3, deferred: 0 } });
    expect(names()).toEqual(['Acme']);
    expect((await sql`select 1 from company_intents`.execute(open().db)).rows).toEqual([]);
  });

  test.each(['companies:announced', 'companies:made', 'export:announced'])(
    '[R25] killed at %s, a company and its people are there once',
    async (point) => {
      await add(people(5, (index) => (index < 3 ? 'Acme' : 'Beta')));
      crashAt = point;
      await sync().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      expect(crashAt).toBeNull();
      for (let round = 0; round < 3; round += 1) await sync();
      expect(names()).toEqual(['Acme', 'Beta']);
      const held = crm.world.all().map((record) => String(record.fields['company']));
      expect([held.filter((name) => name === 'Acme').length, held.length]).toEqual([3, 5]);
      expect((await sql`select 1 from company_intents`.execute(open().db)).rows).toEqual([]);
    },
  );

  test('[R25] a company renamed in the CRM is renamed here, though no person was touched', async () => {
    await add(people(3, (index) => (index === 0 ? 'Acme' : 'Beta')));
    await sync();
    await sync();
    const [acme] = [...crm.state.organizations].find(([, name]) => name === 'Acme') ?? [];
    clock.advance(60_000);
    crm.state.renameOrganization(acme ?? 0, 'Acme Holding');
    const [inn] = await sync();
    expect(inn).toMatchObject({ status: 'succeeded', counts: { updated: 1 } });
    expect([await companyOf('p0@example.com'), await companyOf('p1@example.com')]).toEqual(['Acme Holding', 'Beta']);
    const [quiet] = await sync();
    expect(quiet?.counts.updated).toBe(0);
    // The other way round: another company for a person is found by its new name.
    await add([{ email: 'p1@example.com', company: 'acme holding' }]);
    await sync();
    expect(names()).toEqual(['Acme Holding', 'Beta']);
    expect(crm.world.find('p1@example.com', 1)[0]?.fields['company']).toBe('Acme Holding');
  });

  test('[R25] [R6] a person whose company was emptied belongs to none, and the company stays', async () => {
    await add(people(1, () => 'Acme'));
    await sync();
    await sync();
    await add([{ email: 'p0@example.com', company: '' }]);
    await sync();
    expect(crm.world.all()[0]?.fields['company']).toBeNull();
    expect(names()).toEqual(['Acme']);
  });
});
