import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { openApi } from '../../test/support/api.ts';
import { describeEachDatabase, emptyStore } from '../../test/support/database.ts';
import { START, syncNow, testDeps } from '../../test/support/engine.ts';
import { createHubSpotEmulator } from '../connectors/hubspot/emulator/emulator.ts';
import { createConnection, updateConnection } from '../engine/connections.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { manualClock } from '../platform/clock.ts';
import { saveInstanceSettings } from '../store/instance-settings.ts';
import { beQuiet, endQuiet } from '../store/quiet.ts';
import { sendReports } from './send-reports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describeEachDatabase('reports', (store) => {
  let clock = manualClock(START);
  beforeEach(async () => {
    await emptyStore(store());
    clock = manualClock(START);
  });

  async function open(notify: { addresses: string; when: string }, extra: Partial<EngineDeps> = {}) {
    const crm = createHubSpotEmulator({ clock });
    const deps = testDeps(store(), clock, crm.request, { baseUrl: 'https://tandem.example.com', ...extra });
    const { id } = await createConnection(
      deps,
      { name: 'hs', crm: 'hubspot', enabled: true, credentials: { method: 'token', accessToken: crm.token }, notify },
      'api',
    );
    await sendReports(deps);
    clock.advance(MINUTE);
    return { crm, deps, id };
  }
  const mails = () =>
    store()
      .db.selectFrom('outbox')
      .select(['kind', 'recipient', 'subject', 'text', 'html'])
      .orderBy('created_at')
      .orderBy('recipient')
      .execute();
  const subjects = async () => (await mails()).map((mail) => mail.subject);
  /** A run as it stands in the history, without a CRM. */
  let runs = 0;
  async function addRun(connectionId: string, more: Record<string, unknown> = {}): Promise<string> {
    runs += 1;
    const id = `run_${runs}`;
    const { counts, ...rest } = more;
    await store()
      .db.insertInto('runs')
      .values({
        id,
        connection_id: connectionId,
        connection_name: 'hs',
        direction: 'toHub',
        trigger: 'schedule',
        mode: 'changes',
        status: 'succeeded',
        batch: `bat_${runs}`,
        counts: JSON.stringify({ created: 0, updated: 0, rejected: 0, ...(counts as object) }),
        created_at: clock.now(),
        started_at: clock.now(),
        ended_at: clock.now(),
        ...rest,
      })
      .execute();
    return id;
  }

  test('[R71] one mail with each synchronisation: the three numbers in the subject, each a link to exactly that list, in the reader’s language', async () => {
    const { crm, deps, id } = await open({
      addresses: 'ADA@example.com;\nbob@example.com, ada@example.com',
      when: 'each',
    });
    await store()
      .db.insertInto('user')
      .values({
        id: 'u1',
        email: 'bob@example.com',
        name: 'Bob',
        role: 'marketing',
        locale: 'fr',
        timeZone: 'Europe/Paris',
      } as never)
      .execute();
    crm.world.seed(
      [...Array.from({ length: 12 }, (_, index) => ({ email: `p${index}@example.com` })), { first_name: 'Rita' }],
      'lead',
    );
    clock.advance(MINUTE);
    const [toHub] = await syncNow(deps, id, { mode: 'full', trigger: 'schedule' });
    expect(toHub?.counts).toMatchObject({ created: 12, rejected: 1 });
    await sendReports(deps);
    await sendReports(deps);
    expect((await mails()).map((mail) => [mail.kind, mail.recipient, mail.subject])).toEqual([
      ['sync-report', 'ada@example.com', 'HubSpot → Tandem: 12 new, 0 updated, 1 needs you'],
      ['sync-report', 'bob@example.com', 'HubSpot → Tandem : 12 nouveaux, 0 mis à jour, 1 vous attend'],
    ]);
    const [english, french] = await mails();
    expect(english?.text).toContain('* Rita has no e-mail address in HubSpot, so the record cannot come in.');
    expect(english?.text).toContain('Fix it: https://tandem.example.com/to-fix?connection=hs');
    expect(french?.text).toContain('* Rita n’a pas d’adresse e-mail dans HubSpot');
    expect(english?.html).toContain('Rita has no e-mail address in HubSpot');
    const links = [...(english?.text.matchAll(/ {2}(\d+) \S+.*?: (\S+)/g) ?? [])].map(([, n, url]) => ({
      n: Number(n),
      url: new URL(url ?? ''),
    }));
    expect(links.map(({ n, url }) => [n, url.searchParams.get('outcome')])).toEqual([
      [12, 'created'],
      [1, 'rejected'],
    ]);
    const { call, keyFor } = openApi(store());
    const key = await keyFor({ role: 'marketing' });
    for (const { n, url } of links) {
      const list = await call(
        'GET',
        `/api/v1/runs/${url.searchParams.get('run')}/items?outcome=${url.searchParams.get('outcome')}`,
        { key },
      );
      expect(((await list.json()) as { items: unknown[] }).items).toHaveLength(n);
    }
  });

  test('[R71] both directions of one synchronisation are one mail, which waits for the second half', async () => {
    const { deps, id } = await open({ addresses: 'ada@example.com', when: 'each' });
    await addRun(id, { batch: 'b', counts: { created: 1 } });
    const second = await addRun(id, { batch: 'b', direction: 'toCrm', status: 'running', ended_at: null });
    await sendReports(deps);
    expect(await subjects()).toEqual([]);
    clock.advance(10 * MINUTE);
    await store()
      .db.updateTable('runs')
      .set({
        status: 'succeeded',
        ended_at: clock.now(),
        counts: JSON.stringify({ created: 0, updated: 2, rejected: 0 }),
      })
      .where('id', '=', second)
      .execute();
    await sendReports(deps);
    expect(await subjects()).toEqual(['HubSpot ⇄ Tandem: 1 new, 2 updated, nothing to fix']);
  });

  test('a synchronisation by the clock that found nothing is no news; one that somebody asked for is answered', async () => {
    const { deps, id } = await open({ addresses: 'ada@example.com', when: 'each' });
    await addRun(id);
    await addRun(id, { dry_run: true, trigger: 'person', counts: { created: 9 } });
    await sendReports(deps);
    expect(await subjects()).toEqual([]);
    await addRun(id, { trigger: 'person' });
    await sendReports(deps);
    expect(await subjects()).toEqual(['HubSpot → Tandem: 0 new, 0 updated, nothing to fix']);
    expect((await mails())[0]?.text).toContain('Nothing had to be changed.');
  });

  test('[R71] form and webhook runs are gathered: at most one mail in 15 minutes, its figures open the people of all of them', async () => {
    const { deps, id } = await open({ addresses: 'ada@example.com', when: 'each' });
    const sent: number[] = [];
    for (let minute = 0; minute < 60; minute += 1) {
      const run = await addRun(id, {
        trigger: minute % 2 === 0 ? 'form' : 'webhook',
        direction: 'toCrm',
        counts: { created: 1 },
      });
      await store()
        .db.insertInto('items')
        .values({
          run_id: run,
          connection_id: id,
          kind: 'lead',
          email: `f${minute}@example.com`,
          outcome: 'created',
          changes: '[]',
          at: clock.now(),
        } as never)
        .execute();
      if ((await sendReports(deps)) > 0) sent.push(minute);
      clock.advance(MINUTE);
    }
    expect(sent).toEqual([0, 15, 30, 45]);
    expect(await subjects()).toEqual([
      'Tandem → HubSpot: 1 new, 0 updated, nothing to fix',
      ...Array.from({ length: 3 }, () => 'Tandem → HubSpot: 15 new, 0 updated, nothing to fix'),
    ]);
    const link = new URL(/15 new: (\S+)/.exec((await mails()).at(-1)?.text ?? '')?.[1] ?? '');
    const { call, keyFor } = openApi(store());
    const key = await keyFor({ role: 'marketing' });
    const report = `/api/v1/reports/${link.searchParams.get('report')}`;
    expect(await (await call('GET', report, { key })).json()).toMatchObject({
      connection: 'hs',
      directions: [{ direction: 'toCrm', runs: 15, counts: { created: 15 } }],
    });
    const list = (await (
      await call(
        'GET',
        `${report}/items?direction=${link.searchParams.get('direction')}&outcome=${link.searchParams.get('outcome')}`,
        { key },
      )
    ).json()) as { items: { email: string }[] };
    expect(list.items.map((item) => item.email)).toEqual(
      Array.from({ length: 15 }, (_, index) => `f${index + 31}@example.com`),
    );
    expect((await call('GET', '/api/v1/reports/none', { key })).status).toBe(404);
  });

  test('[R71] “problems” writes once when the connection stops and once when it works again', async () => {
    const { crm, deps, id } = await open({ addresses: 'ada@example.com', when: 'problems' });
    crm.world.seed([{ email: 'p@example.com' }], 'lead');
    await syncNow(deps, id);
    await sendReports(deps);
    crm.faults.add({ kind: 'expire', times: 50 });
    for (let tries = 0; tries < 3; tries += 1) {
      await syncNow(deps, id).catch(() => undefined);
      await sendReports(deps);
      clock.advance(2 * HOUR);
    }
    expect(await subjects()).toEqual(['HubSpot: the synchronisation has stopped']);
    const [stopped] = await mails();
    expect(stopped?.kind).toBe('sync-problem');
    expect(stopped?.text).toMatch(/HubSpot does not accept the\s+login details/);
    expect(stopped?.text).toContain(
      'Open the connection: https://tandem.example.com/crm?tab=configuration&connection=hs',
    );
    crm.faults.clear();
    await syncNow(deps, id);
    await sendReports(deps);
    await sendReports(deps);
    expect(await subjects()).toEqual([
      'HubSpot: the synchronisation has stopped',
      'HubSpot: the synchronisation works again',
    ]);
  });

  test('what mends itself within a quarter of an hour is not told; a wait for somebody is told at once; switched off is no problem', async () => {
    const { deps, id } = await open({ addresses: 'ada@example.com', when: 'each' });
    const set = (values: Record<string, unknown>) =>
      store().db.updateTable('connections').set(values).where('id', '=', id).execute();
    await set({
      last_error: JSON.stringify({ kind: 'unavailable', message: 'no answer' }),
      failing_since: clock.now(),
    });
    await sendReports(deps);
    clock.advance(14 * MINUTE);
    await sendReports(deps);
    expect(await subjects()).toEqual([]);
    clock.advance(MINUTE);
    await sendReports(deps);
    expect(await subjects()).toEqual(['HubSpot: the synchronisation has stopped']);
    // It turns out to be the password: somebody has to act, so it is told again.
    await set({ paused_reason: 'auth', paused_at: clock.now() });
    await sendReports(deps);
    await sendReports(deps);
    expect((await subjects()).length).toBe(2);
    await set({ enabled: false });
    await sendReports(deps);
    await set({ enabled: true, paused_reason: null, last_error: null, failing_since: null });
    await sendReports(deps);
    expect((await subjects()).length).toBe(2);
    await set({ paused_reason: 'person', paused_at: clock.now() });
    await sendReports(deps);
    expect((await subjects()).length).toBe(2);
    clock.advance(MINUTE);
    await set({
      paused_reason: 'breaker',
      paused_at: clock.now(),
      paused_detail: JSON.stringify({ run: 'run_9', count: 80, max: 50, what: 'created' }),
    });
    await sendReports(deps);
    const last = (await mails()).at(-1);
    expect(last?.text).toContain('80 people, the limit is 50');
    expect(last?.text).toContain('Look and decide: https://tandem.example.com/crm?tab=history&connection=hs&run=run_9');
  });

  test('the day’s report: one mail for each reader at seven in the instance’s zone, all connections in it', async () => {
    const { deps, id } = await open({ addresses: 'ada@example.com; bob@example.com', when: 'daily' });
    await store().transaction((trx) => saveInstanceSettings(trx, { timeZone: 'Europe/Paris' }, clock.now()));
    const settings = JSON.stringify({ notify: { addresses: 'ada@example.com', when: 'daily' } });
    await sql`insert into connections (id, name, crm, enabled, settings, account_id, created_at, updated_at)
              values ('con_2', 'two', 'hubspot', true, ${settings}::jsonb, '2', ${clock.now()}, ${clock.now()})`.execute(
      store().db,
    );
    await sendReports(deps);
    for (let hour = 0; hour < 40; hour += 1) {
      clock.advance(HOUR);
      await addRun(id, { counts: { created: 1, updated: 2 } });
      await addRun('con_2', { counts: { rejected: 1 } });
      await sendReports(deps);
    }
    const all = await mails();
    const ada = all.filter((mail) => mail.recipient === 'ada@example.com');
    const bob = all.filter((mail) => mail.recipient === 'bob@example.com');
    // START is 10:00 in Paris; the only seven o'clock of these 40 hours is the next morning's.
    expect(bob).toHaveLength(1);
    expect(ada).toHaveLength(1);
    expect(bob[0]?.subject).toBe('hs → Tandem, 25 November: 21 new, 42 updated, nothing to fix');
    expect(ada[0]?.subject).toBe('Tandem, 25 November: 21 new, 42 updated, 21 need you');
    expect(bob[0]?.text).toContain('21 synchronisations');
  });

  test('a day without anything to tell has no report', async () => {
    const { deps, id } = await open({ addresses: 'ada@example.com', when: 'daily' });
    await addRun(id);
    clock.advance(30 * HOUR);
    await sendReports(deps);
    expect(await subjects()).toEqual([]);
  });

  test('whoever is added, or changes what they want, is not told of what was before', async () => {
    const { deps, id } = await open({ addresses: '', when: 'each' });
    await addRun(id, { counts: { created: 5 } });
    await sendReports(deps);
    clock.advance(MINUTE);
    await updateConnection(deps, id, { notify: { addresses: 'ada@example.com' } }, { writtenBy: 'api' });
    await sendReports(deps);
    expect(await subjects()).toEqual([]);
    clock.advance(MINUTE);
    await addRun(id, { counts: { created: 1 } });
    await sendReports(deps);
    expect(await subjects()).toEqual(['HubSpot → Tandem: 1 new, 0 updated, nothing to fix']);
  });

  test('a run that ends before the first look at a new wish is told about', async () => {
    const { deps, id } = await open({ addresses: '', when: 'each' });
    await updateConnection(deps, id, { notify: { addresses: 'ada@example.com' } }, { writtenBy: 'api' });
    clock.advance(3_000);
    await addRun(id, { counts: { created: 1 } });
    clock.advance(2_000);
    await sendReports(deps);
    expect(await subjects()).toEqual(['HubSpot → Tandem: 1 new, 0 updated, nothing to fix']);
  });

  test('a bad address is named with its path, and nothing is saved', async () => {
    const { deps, id } = await open({ addresses: 'ada@example.com', when: 'each' });
    await expect(
      updateConnection(
        deps,
        id,
        { notify: { addresses: 'ada@example.com;nobody\nbob@example.com,also bad' }, enabled: false },
        { writtenBy: 'api' },
      ),
    ).rejects.toMatchObject({
      problems: [
        { path: 'notify.addresses', code: 'invalid_email', params: { value: 'nobody' } },
        { path: 'notify.addresses', code: 'invalid_email', params: { value: 'also bad' } },
      ],
    });
    expect((await store().db.selectFrom('connections').select('enabled').execute())[0]?.enabled).toBe(true);
  });

  test('[R41] a quiet copy writes no report, and does not make up for it later', async () => {
    const { deps, id } = await open({ addresses: 'ada@example.com', when: 'each' });
    await beQuiet(store().db, clock.now());
    await addRun(id, { counts: { created: 3 } });
    await sendReports(deps);
    expect(await subjects()).toEqual([]);
    clock.advance(2 * MINUTE);
    await endQuiet(store().db);
    await sendReports(deps);
    clock.advance(MINUTE);
    await addRun(id, { counts: { created: 1 } });
    await sendReports(deps);
    expect(await subjects()).toEqual(['HubSpot → Tandem: 1 new, 0 updated, nothing to fix']);
  });

  test('[R71] several processes at once write each report once; one that breaks off half-way writes nothing, and the next writes it', async () => {
    let broken = true;
    const { deps, id } = await open({ addresses: 'ada@example.com; bob@example.com', when: 'each' });
    const breaking: typeof deps = {
      ...deps,
      ids: {
        next: (prefix) => {
          if (prefix === 'ml' && broken) throw new Error('the process dies');
          return deps.ids.next(prefix);
        },
      },
    };
    await addRun(id, { counts: { created: 1 } });
    await sendReports(breaking);
    broken = false;
    expect(await subjects()).toEqual([]);
    await Promise.all(Array.from({ length: 5 }, () => sendReports(deps)));
    expect((await mails()).map((mail) => mail.recipient)).toEqual(['ada@example.com', 'bob@example.com']);
  });
});
