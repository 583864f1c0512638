import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { startEmulator } from '../../src/cli/emulate.ts';
import { checkConnection } from '../../src/engine/check-connection.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, disconnect, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { LeaseLost } from '../../src/engine/interruptions.ts';
import { countOwed, listOwed, putDeletionAway, retryDeletion } from '../../src/engine/owed-deletions.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { crmRecordsOf } from '../../src/hub/privacy/crm-records.ts';
import { eraseContact } from '../../src/hub/privacy/erase-contact.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock, systemClock } from '../../src/platform/clock.ts';
import { loadKeyFile } from '../../src/platform/crypto.ts';
import { connectionsWithDeletions } from '../../src/store/crm-deletions.ts';
import { openStore } from '../../src/store/db.ts';
import { markExpress } from '../../src/store/express.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createSecrets } from '../../src/store/secrets.ts';
import { CRMS, type EmulatedCrm, fetchOf, openCrm } from '../support/crms.ts';
import { preparedDataFolder } from '../support/data-folder.ts';
import { describeEachDatabase, emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const ADA = { email: 'ada@planted.example', first_name: 'Ada', last_name: 'Planted', company: 'Acme' };
const BOB = { email: 'bob@example.com', first_name: 'Bob', last_name: 'Other', company: 'Bell' };

describeEachDatabase('records that an erasure deletes in the CRM', (open) => {
  let clock: TestClock;
  let crm: EmulatedCrm;
  let deps: EngineDeps;
  let id: string;
  let ada = '';
  let crashAt: string;
  /** Sees every call before the CRM does, and may answer in its place. */
  let onCall: (url: string, init: RequestInit) => Promise<Response | undefined>;

  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = openCrm('salesforce', { clock });
    crashAt = '';
    onCall = async () => undefined;
    const fetch = fetchOf([crm]);
    deps = testDeps(
      open(),
      clock,
      async (url, init) => {
        return (await onCall(url, init)) ?? fetch(url, init);
      },
      {
        // A process that dies: nothing after it is carried out by this one.
        checkpoint: (place) => {
          if (place === crashAt) throw new LeaseLost();
        },
      },
    );
    [ada = ''] = crm.emulator.world.seed([ADA, BOB], 'lead');
    const settings = { name: 'sales', crm: 'salesforce', enabled: true, quota: { dailyShare: 1 }, ...crm.settings };
    id = (await createConnection(deps, { ...settings, export: { enabled: true, minimumScore: 0 } }, 'api')).id;
    await later();
  });

  const later = async (ms = 600_000) => {
    clock.advance(ms);
    return syncNow(deps, id);
  };
  const serve = () => drainConnection(deps, id, 'test');
  const contactOf = async (email: string) =>
    (await open().db.selectFrom('contacts').select('id').where('email_key', '=', email).executeTakeFirst())?.id;
  /** Erases somebody with those of their records that `which` names, by default all. */
  const erase = async (email: string, which: (crmId: string | null) => boolean = () => true) => {
    const contactId = (await contactOf(email)) ?? '';
    const records = (await crmRecordsOf(open().db, contactId)).filter((record) => which(record.crmId));
    await open().transaction((trx) => eraseContact(trx, contactId, clock.now(), { records, by: 'person:usr_1' }));
    return contactId;
  };
  const isThere = (record: string): boolean => crm.emulator.world.get(record)?.deleted === false;
  const owed = async () =>
    (await listOwed(open().db, { limit: 50, offset: 0 })).map(({ why, answer, waits }) => ({ why, answer, waits }));
  const deletes = async (work: () => Promise<unknown>): Promise<number> => {
    let calls = 0;
    onCall = async (_url, init) => {
      calls += init.method === 'DELETE' ? 1 : 0;
      return undefined;
    };
    await work();
    return calls;
  };
  const tablesWith = async (...words: string[]): Promise<string[]> => {
    const tables = await sql<{ name: string }>`
      select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'kysely%' order by 1`.execute(
      open().db,
    );
    const hits: string[] = [];
    for (const { name } of tables.rows) {
      const rows = await sql<{ text: string }>`select lower(to_jsonb(t)::text) as text from ${sql.ref(name)} t`.execute(
        open().db,
      );
      for (const word of words)
        if (rows.rows.some(({ text }) => text.includes(word.toLowerCase()))) hits.push(`${name}: ${word}`);
    }
    return hits;
  };
  const audited = async () =>
    await open().db.selectFrom('audit').select(['actor', 'action', 'subject']).orderBy('id').execute();

  test('[R18] the record goes from the CRM; while that is owed its id alone is here, afterwards nothing', async () => {
    const contactId = await erase(ADA.email);
    const words = ['planted', ada, contactId];
    expect(await tablesWith(...words)).toEqual([`crm_deletions: ${ada}`, `departures: ${contactId}`]);
    await serve();
    expect([isThere(ada), await owed()]).toEqual([false, []]);
    expect(await tablesWith(...words)).toEqual([`departures: ${contactId}`]);
    expect(await audited()).toEqual([
      { actor: 'person:usr_1', action: 'delete lead in sales: deleted', subject: null },
    ]);
    // The CRM's own list of deletions comes by, and a full look at everything: nobody comes back and nothing is odd.
    const runs = [...(await later()), ...(await later())];
    clock.advance(600_000);
    runs.push(...(await syncNow(deps, id, { mode: 'full' })));
    expect(runs.map(({ status, counts }) => [status, counts.created, counts.rejected])).toEqual(
      runs.map(() => ['succeeded', 0, 0]),
    );
    expect(await contactOf(ADA.email)).toBeUndefined();
    expect(await tablesWith(...words)).toEqual([`departures: ${contactId}`]);
  });

  test('[R18] what is not ticked stays, and so does everybody else', async () => {
    await erase(ADA.email, () => false);
    expect(await deletes(serve)).toBe(0);
    expect(crm.emulator.world.all().filter((one) => !one.deleted)).toHaveLength(2);
  });

  test('[R18] [R33] many are one call where the CRM takes many', async () => {
    const people = Array.from({ length: 30 }, (_, index) => ({ ...ADA, email: `p${index}@example.com` }));
    crm.emulator.world.seed(people, 'lead');
    await later();
    for (const person of people) await erase(person.email);
    expect(await deletes(serve)).toBe(1);
    expect(crm.emulator.world.all().filter((one) => !one.deleted)).toHaveLength(2);
  });

  test('[R18] [R34] the CRM says not now: it waits for as long as it was told, and says so', async () => {
    await erase(ADA.email);
    onCall = async (_url, init) =>
      init.method === 'DELETE'
        ? Response.json([{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }], { status: 403 })
        : undefined;
    await serve();
    expect(isThere(ada)).toBe(true);
    expect(await owed()).toMatchObject([{ why: null, answer: { kind: 'throttled' } }]);
    expect(await deletes(serve)).toBe(0);
    clock.advance(24 * 3_600_000);
    expect(await connectionsWithDeletions(open().db, clock.now())).toEqual([id]);
    await serve();
    expect([isThere(ada), await owed()]).toEqual([false, []]);
  });

  test('[R18] an answer that is lost is asked for again, and what is gone is done', async () => {
    await erase(ADA.email);
    crm.emulator.faults.add({ kind: 'drop', method: 'DELETE', times: 9 });
    await serve();
    expect([isThere(ada), await owed()]).toMatchObject([false, [{ why: null, answer: { kind: 'unavailable' } }]]);
    crm.emulator.faults.clear();
    clock.advance(6 * 3_600_000);
    await serve();
    expect(await owed()).toEqual([]);
  });

  test.each(['deletions:announced', 'deletions:called', 'deletions:before-settle', 'deletions:settled'])(
    '[R18] [R31] the process dies at %s: the next one ends it',
    async (place) => {
      await erase(ADA.email);
      crashAt = place;
      await serve();
      crashAt = '';
      await serve();
      expect([isThere(ada), await owed()]).toEqual([false, []]);
      expect(await audited()).toHaveLength(1);
    },
  );

  test('[R18] a record that was merged into somebody else’s is told and nobody is deleted', async () => {
    await erase(ADA.email);
    const bob = crm.emulator.world.find('bob', 1)[0]?.id ?? '';
    crm.emulator.world.merge(ada, bob);
    await serve();
    expect([isThere(bob), await owed()]).toMatchObject([true, [{ why: 'moved' }]]);
    // Bob was never a contact here: his record alone tells that it is his.
    await open().db.deleteFrom('links').execute();
    const [one] = await listOwed(open().db, { limit: 1, offset: 0 });
    await retryDeletion(deps, String(one?.id));
    await serve();
    expect([isThere(bob), await owed()]).toMatchObject([true, [{ why: 'moved' }]]);
    await putDeletionAway(deps, String(one?.id));
    expect([await owed(), await tablesWith(ada)]).toEqual([[], []]);
  });

  test('[R18] [R18b] a lead that became a contact of the same address is followed, and goes with it', async () => {
    await erase(ADA.email);
    const contact = crm.emulator.world.convert(ada);
    await serve();
    expect([isThere(contact), isThere(ada), await owed()]).toEqual([false, false, []]);
    await later();
    expect(await tablesWith(ada, contact, 'planted')).toEqual([]);
  });

  test('[R18] with a contact goes the lead that it was made from, which is linked to nobody any more', async () => {
    const contact = crm.emulator.world.convert(ada);
    await later();
    await erase(ADA.email);
    expect(await tablesWith(contact)).toEqual([`crm_deletions: ${contact}`]);
    await serve();
    expect([isThere(contact), isThere(ada), await owed()]).toEqual([false, false, []]);
  });

  test('[R18] a record that was merged into one that was to stay is told', async () => {
    const [second = ''] = crm.emulator.world.seed([{ ...ADA, first_name: 'Adah' }], 'lead');
    await later();
    await erase(ADA.email, (crmId) => crmId === ada);
    crm.emulator.world.merge(ada, second);
    await serve();
    expect([isThere(second), await owed()]).toMatchObject([true, [{ why: 'kept' }]]);
  });

  test('[R18] [R18c] duplicates that are ticked go as well, also when one was merged into the other', async () => {
    const [second = ''] = crm.emulator.world.seed([{ ...ADA, first_name: 'Adah' }], 'lead');
    await later();
    await erase(ADA.email);
    crm.emulator.world.merge(ada, second);
    await serve();
    expect([isThere(second), await owed()]).toEqual([false, []]);
  });

  test('[R18] what the CRM refuses is told, and tried again when somebody asks', async () => {
    await erase(ADA.email);
    crm.emulator.world.deletion?.protect(ada);
    await serve();
    expect([isThere(ada), await owed()]).toMatchObject([
      true,
      [{ why: 'refused', answer: { why: expect.stringMatching('deletion') } }],
    ]);
    expect(await deletes(serve)).toBe(0);
    expect(await countOwed(open().db)).toEqual({ waiting: 0, told: 1 });
    const [one] = await listOwed(open().db, { limit: 1, offset: 0 });
    await retryDeletion(deps, String(one?.id));
    expect(await deletes(serve)).toBe(1);
  });

  test('[R18] a sign-in that has run out pauses the connection, and it goes on after the next one', async () => {
    await erase(ADA.email);
    onCall = async (url) =>
      url.includes('/services/data') || url.includes('/services/oauth2/token')
        ? Response.json([{ errorCode: 'INVALID_SESSION_ID', message: 'expired' }], { status: 401 })
        : undefined;
    await serve();
    expect((await loadConnection(open().db, id)).pausedReason).toBe('auth');
    expect(await owed()).toMatchObject([{ why: null, waits: 'auth', answer: { kind: 'auth' } }]);
    clock.advance(600_000);
    expect(await connectionsWithDeletions(open().db, clock.now())).toEqual([]);
    onCall = async () => undefined;
    await checkConnection(deps, id);
    await serve();
    expect([isThere(ada), await owed()]).toEqual([false, []]);
  });

  test('[R18] [R42] a connection that is off lets it wait; one that is removed tells it', async () => {
    await updateConnection(deps, id, { enabled: false }, { writtenBy: 'api' });
    await erase(ADA.email);
    expect(await deletes(serve)).toBe(0);
    expect(await owed()).toMatchObject([{ waits: 'off' }]);
    await updateConnection(deps, id, { enabled: true }, { writtenBy: 'api' });
    await updateConnection(deps, id, { enabled: false }, { writtenBy: 'api' });
    await disconnect(deps, id);
    const [one] = await listOwed(open().db, { limit: 1, offset: 0 });
    expect(one).toMatchObject({ why: 'disconnected', connection: 'sales', crmId: ada, isConnected: false });
    await expect(retryDeletion(deps, String(one?.id))).rejects.toMatchObject({ code: 'deletion_disconnected' });
  });

  test('[R18] [R38] a connection whose schedule waits after an undo deletes what a person has asked for', async () => {
    await sql`update connections set paused_reason = 'undone', held_by_undo = 'run_1' where id = ${id}`.execute(
      open().db,
    );
    await erase(ADA.email);
    await serve();
    expect([isThere(ada), await owed()]).toEqual([false, []]);
  });

  test('[R18] [R7] a connection that only brings in deletes what a person has asked for', async () => {
    await updateConnection(deps, id, { export: { enabled: false } }, { writtenBy: 'api' });
    await erase(ADA.email);
    await serve();
    expect([isThere(ada), await owed()]).toEqual([false, []]);
  });

  test('[R18] [R40] in another account nothing is deleted: the same number is somebody else there', async () => {
    await erase(ADA.email);
    await sql`update connections set account_id = '00DXX000000OTHER'`.execute(open().db);
    expect(await deletes(serve)).toBe(0);
    expect([isThere(ada), await owed()]).toMatchObject([true, [{ why: 'other_account' }]]);
  });

  test('[R18] [R18c] who has come back by their own act keeps their record', async () => {
    await erase(ADA.email);
    crm.emulator.faults.add({ kind: 'error', method: 'DELETE', times: 9 });
    await serve();
    crm.emulator.faults.clear();
    await open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email: ADA.email, last_name: 'Planted' } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' },
      ),
    );
    // The run links the record that is there (R13), and what is owed is looked at again later.
    clock.advance(1_000);
    await syncNow(deps, id);
    clock.advance(6 * 3_600_000);
    await serve();
    expect([isThere(ada), await owed()]).toMatchObject([true, [{ why: 'came_back' }]]);
  });

  test('[R18] [R35] who comes back by a form while their record is going gets a new one, and no link to the old', async () => {
    await erase(ADA.email);
    let back = '';
    onCall = async (url) => {
      if (back !== '' || !url.includes('/sobjects')) return undefined;
      back = deps.ids.next('ct');
      await open().transaction(async (trx) => {
        const fields = { email: ADA.email, last_name: 'Planted', company: 'Acme' };
        await saveContact(trx, { fields }, { by: 'form', at: clock.now(), newId: () => back, mode: 'create' });
        await markExpress(trx, [back], { reason: 'form', at: clock.now() });
      });
      return undefined;
    };
    await serve();
    onCall = async () => undefined;
    await later();
    const [record, ...more] = crm.emulator.world.find(ADA.email, 5);
    const links = await open()
      .db.selectFrom('links')
      .select(['crm_id', 'state'])
      .where('contact_id', '=', back)
      .execute();
    expect([isThere(ada), more, links]).toEqual([false, [], [{ crm_id: record?.id, state: 'active' }]]);
  });

  test('[R18] [R18c] a record that was being made when its person was erased is found by our link, and goes', async () => {
    await open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email: 'new@planted.example', last_name: 'New', company: 'Acme' } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' },
      ),
    );
    let made = '';
    onCall = async (url, init) => {
      if (made !== '' || init.method !== 'POST' || !url.includes('/composite/sobjects')) return undefined;
      const answer = await fetchOf([crm])(url, init);
      made = crm.emulator.world.find('new@planted.example', 1)[0]?.id ?? '';
      if (made !== '') await erase('new@planted.example');
      return answer;
    };
    await syncNow(deps, id);
    onCall = async () => undefined;
    expect(made).not.toBe('');
    clock.advance(600_000);
    await serve();
    expect([isThere(made), await owed()]).toEqual([false, []]);
    await later();
    expect(await tablesWith('new@planted.example', made)).toEqual([]);
  });

  test('[R18] who is erased between being read and being announced is not made in the CRM, and leaves nothing', async () => {
    await open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email: 'new@planted.example', last_name: 'New', company: 'Acme' } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' },
      ),
    );
    let isErased = false;
    onCall = async (url, init) => {
      if (isErased || !`${url} ${String(init.body)}`.includes('planted')) return undefined;
      // The look-up that comes before a record is made (R13).
      isErased = true;
      await erase('new@planted.example');
      return undefined;
    };
    const runs = await syncNow(deps, id);
    onCall = async () => undefined;
    expect([isErased, runs.map((run) => run.status)]).toEqual([true, ['succeeded', 'succeeded']]);
    expect(crm.emulator.world.find('new@planted.example', 1)).toEqual([]);
    expect(await tablesWith('new@planted.example')).toEqual([]);
  });

  test('[R18] a run that has read the person already neither brings them back nor settles them', async () => {
    crm.emulator.world.edit(ada, { city: 'Graz' });
    let isErased = false;
    onCall = async (url, init) => {
      if (isErased || !url.includes('/query')) return undefined;
      const answer = await fetchOf([crm])(url, init);
      isErased = (await answer.clone().text()).includes(ADA.email);
      if (isErased) await erase(ADA.email);
      return answer;
    };
    const runs = await later();
    onCall = async () => undefined;
    expect([isErased, runs.map((run) => run.status)]).toEqual([true, ['succeeded', 'succeeded']]);
    expect([isThere(ada), await owed()]).toEqual([false, []]);
    await later();
    expect([await contactOf(ADA.email), await tablesWith(ada, 'planted')]).toEqual([undefined, []]);
  });
});

test.each(CRMS)(
  '[R18] %s: who is erased with their record is gone there, and its feeds bring nobody back',
  async (name) => {
    const store = await openTestStore();
    const clock = manualClock(START);
    const crm = openCrm(name, { clock });
    const deps = testDeps(store, clock, fetchOf([crm]));
    const [ada = ''] = crm.emulator.world.seed([ADA, BOB], 'lead');
    const input = { name, crm: name, enabled: true, quota: { dailyShare: 1 }, ...crm.settings };
    const { id } = await createConnection(deps, { ...input, export: { enabled: true, minimumScore: 0 } }, 'api');
    const sync = async (mode: 'changes' | 'full') => {
      clock.advance(3_600_000);
      return (await syncNow(deps, id, { mode })).map(({ status, counts }) => [status, counts.created, counts.rejected]);
    };
    await sync('changes');
    const contact = await store.db
      .selectFrom('contacts')
      .select('id')
      .where('email_key', '=', ADA.email)
      .executeTakeFirstOrThrow();
    const records = await crmRecordsOf(store.db, contact.id);
    await store.transaction((trx) => eraseContact(trx, contact.id, clock.now(), { records, by: 'person:usr_1' }));
    await drainConnection(deps, id, 'test');
    expect([await listOwed(store.db, { limit: 5, offset: 0 }), crm.emulator.world.get(ada)?.deleted ?? true]).toEqual([
      [],
      true,
    ]);
    const quiet = ['succeeded', 0, 0];
    expect([...(await sync('changes')), ...(await sync('full'))]).toEqual([quiet, quiet, quiet, quiet]);
    expect(await store.db.selectFrom('contacts').select('email').execute()).toEqual([{ email: BOB.email }]);
    await store.close();
  },
);

test('[R18] [R31] killed with SIGKILL around the call, the next process ends what was asked', {
  timeout: 240_000,
}, async () => {
  const folder = preparedDataFolder('deletions');
  const crm = await startEmulator('hubspot', 0);
  const people = Array.from({ length: 20 }, (_, index) => ({ email: `p${index}@example.com`, last_name: 'L' }));
  crm.emulator.world.seed(people, 'lead');
  const store = await openStore({ dataDir: folder });
  await migrate(store);
  const secrets = createSecrets(loadKeyFile(folder));
  const deps = { ...testDeps(store, manualClock(Date.now()), fetch), clock: systemClock, secrets };
  const { id } = await createConnection(deps, { name: 'hs', crm: 'hubspot', ...crm.settings, enabled: true }, 'api');
  await syncNow(deps, id);
  for (const contact of await store.db.selectFrom('contacts').select('id').execute()) {
    const records = await crmRecordsOf(store.db, contact.id);
    await store.transaction((trx) => eraseContact(trx, contact.id, Date.now(), { records, by: 'person:usr_1' }));
  }
  await store.close();
  const left = () => crm.emulator.world.all().filter((one) => !one.deleted).length;
  expect([await live(folder, 'deletions:announced'), left()]).toEqual(['SIGKILL', 20]);
  expect([await live(folder, 'deletions:called'), left()]).toEqual(['SIGKILL', 0]);
  expect(await live(folder, '')).toBe(0);
  const after = await openStore({ dataDir: folder });
  expect(await countOwed(after.db)).toEqual({ waiting: 0, told: 0 });
  expect(await after.db.selectFrom('audit').select('id').where('action', 'like', '%deleted').execute()).toHaveLength(
    20,
  );
  await after.close();
  await crm.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One life of the worker; killed at a place, or left to finish. @returns its exit code or signal. */
function live(folder: string, killAt: string): Promise<number | string | null> {
  return new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, 'kill-child.ts'), [folder, '', killAt], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
}
