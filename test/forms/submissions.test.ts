import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyWaiting } from '../../src/engine/submissions.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { ORIGIN, openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { type Api, type MadeForm, makeForm, submit } from '../support/forms.ts';

interface Listed {
  readonly id: string;
  readonly status: string;
  readonly email: string;
  readonly reasons: readonly { readonly reason: string }[];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly said: Readonly<Record<string, unknown>>;
}

describeEachDatabase('what people submit', (open) => {
  let api: Api;
  let key: string;
  let form: MadeForm;
  beforeEach(async () => {
    await emptyStore(open());
    api = openApi(open());
    key = await api.keyFor({ role: 'marketing' });
    await api.deps.engine.store.db
      .insertInto('score_rules')
      .values({
        id: 'r',
        name: 'Evaluation',
        on_event: 'form',
        condition: '{"phase":"evaluation"}',
        points: 20,
        updated_at: 0,
      })
      .execute();
    form = await makeForm(api, key, {
      fields: [
        { field: 'email', required: true },
        { field: 'first_name' },
        { field: 'last_name', required: true },
        { field: 'company' },
        { field: 'phone' },
      ],
    });
  });
  // What was answered may still be being applied.
  afterEach(() => applyWaiting(api.deps.engine).then(() => undefined));
  const inHub = (email: string) => findContact(open().db, email, ORIGIN);
  const save = (fields: Record<string, unknown>) =>
    open().transaction((trx) =>
      saveContact(
        trx,
        { fields },
        { by: 'person', at: api.clock.now(), newId: () => api.deps.engine.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const send = async (values: Record<string, string | readonly string[]>, options = {}) => {
    const response = await submit(api, form, values, options);
    await applyWaiting(api.deps.engine);
    return response;
  };
  const list = async (query = '') => {
    const response = await api.call('GET', `/api/v1/submissions?${query}`, { key });
    return ((await response.json()) as { items: Listed[] }).items;
  };

  test('[R45] somebody new is a contact with source, score and what was said, and the answer tells nothing', async () => {
    const answer = await send({ email: 'Ada@Example.com', last_name: 'Lovelace', company: 'Engines' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ message: 'Thank you. We have received it.', redirect: null, file: null });
    expect(await inHub('ada@example.com')).toMatchObject({
      email: 'Ada@Example.com',
      score: 20,
      fields: { last_name: 'Lovelace', company: 'Engines', medium: 'direct' },
      origins: { company: { by: 'form', source: form.id } },
    });
    expect(await list()).toMatchObject([
      { status: 'accepted', createdContact: true, email: 'Ada@Example.com', said: {} },
    ]);
  });

  test('[R45] an unproven submission fills empty fields; what differs is kept as said, and one click takes it over', async () => {
    await save({ email: 'ada@example.com', last_name: 'Lovelace', phone: '+44 20 7946 0000' });
    await send({ email: 'ada@example.com', last_name: 'Byron', company: 'Engines', phone: '+442079460000' });
    expect((await inHub('ada@example.com'))?.fields).toMatchObject({ last_name: 'Lovelace', company: 'Engines' });
    const [said] = await list();
    // One phone number in two spellings says nothing new.
    expect(said?.said).toEqual({ last_name: 'Byron' });
    const taken = await api.call('POST', `/api/v1/submissions/${said?.id}/take`, {
      key,
      body: { fields: ['last_name'] },
    });
    expect(await taken.json()).toMatchObject({ said: {} });
    expect((await inHub('ada@example.com'))?.fields['last_name']).toBe('Byron');
    const again = await api.call('POST', `/api/v1/submissions/${said?.id}/take`, {
      key,
      body: { fields: ['last_name'] },
    });
    expect(again.status).toBe(409);
  });

  test('[R45] a form that is set to overwrite replaces what differs', async () => {
    await save({ email: 'ada@example.com', last_name: 'Lovelace' });
    await api.call('PATCH', `/api/v1/forms/${form.id}`, { key, body: { overwrite: true } });
    await send({ email: 'ada@example.com', last_name: 'Byron' });
    expect((await inHub('ada@example.com'))?.fields['last_name']).toBe('Byron');
  });

  test('[R45] an empty answer changes nothing, and an address that is a further one of somebody is about that person', async () => {
    const { id } = await save({ email: 'ada@example.com', company: 'Engines' });
    await open().db.insertInto('contact_emails').values({ contact_id: id, email_key: 'ada@home.example' }).execute();
    await send({ email: 'ada@home.example', last_name: 'Lovelace', company: '' });
    expect(await inHub('ada@example.com')).toMatchObject({ id, fields: { company: 'Engines', last_name: 'Lovelace' } });
    // Found by either address, and one person.
    expect(await inHub('ada@home.example')).toMatchObject({ id, email: 'ada@example.com' });
  });

  test('the same page sent twice is one submission; a correction from the same page is another', async () => {
    const page = await (await api.call('GET', `/f/${form.id}`)).text();
    const values = { email: 'ada@example.com', last_name: 'Lovelace' };
    await send(values, { page });
    await send(values, { page });
    await send({ ...values, last_name: 'Byron' }, { page });
    expect((await list()).map((one) => [one.status, one.fields['last_name']])).toEqual([
      ['accepted', 'Byron'],
      ['accepted', 'Lovelace'],
    ]);
  });

  test('a submission is stored before it is answered, and applied by the worker when the process died in between', async () => {
    const dying = openApi(open(), undefined, {}, new Set(), {
      checkpoint: () => {
        throw new Error('killed');
      },
    });
    await submit(dying, form, { email: 'ada@example.com', last_name: 'Lovelace' });
    const stored = await open().db.selectFrom('submissions').select(['status', 'email']).execute();
    expect(stored).toEqual([{ status: 'accepted', email: 'ada@example.com' }]);
    expect(await inHub('ada@example.com')).toBeUndefined();
    expect(await applyWaiting(api.deps.engine)).toBe(1);
    expect(await applyWaiting(api.deps.engine)).toBe(0);
    expect((await inHub('ada@example.com'))?.score).toBe(20);
  });

  test('signs of a machine hold a submission: no contact, no score, no mail, until a person lets it through', async () => {
    const doubleOptIn = await makeForm(api, key, { name: 'Held', doubleOptIn: true });
    const hold = async (values: object, options = {}, to: { id: string } = doubleOptIn) => {
      const response = await submit(
        api,
        to,
        { email: 'x@example.com', last_name: 'X', company: 'C', ...values },
        options,
      );
      expect(response.status).toBe(200);
      api.clock.advance(60 * 60 * 1000);
    };
    await hold({ tandem_homepage: 'https://spam.example' });
    await hold({}, { afterMs: 900 });
    await hold({ _stamp: '' });
    await hold({ _stamp: 'abc.def.ghi' });
    await hold({}, { afterMs: 25 * 60 * 60 * 1000 });
    await hold({}, { agent: 'curl/8.5.0' });
    await hold({}, { agent: '' });
    await hold({ email: 'x@mail.mailinator.com' });
    await hold({ company: 'https://spam.example/a https://spam.example/b' });
    await applyWaiting(api.deps.engine);
    expect((await list('status=held')).map((one) => one.reasons.map((sign) => sign.reason)).reverse()).toEqual([
      ['honeypot'],
      ['too_fast'],
      ['no_stamp'],
      ['no_stamp'],
      ['old_page'],
      ['known_agent'],
      ['known_agent'],
      ['disposable_domain'],
      ['only_links'],
    ]);
    expect(await open().db.selectFrom('contacts').select('id').execute()).toEqual([]);
    expect(await open().db.selectFrom('outbox').select('id').execute()).toEqual([]);
    const held = await list('status=held');
    const [first, ...rest] = held.map((one) => one.id);
    await api.call('POST', '/api/v1/submissions/accept', { key, body: { ids: [first] } });
    await api.call('POST', '/api/v1/submissions/refuse', { key, body: { ids: rest } });
    expect((await inHub('x@example.com'))?.fields['last_name']).toBe('X');
    expect(await open().db.selectFrom('outbox').select('recipient').execute()).toEqual([
      { recipient: 'x@example.com' },
    ]);
    expect((await list('status=refused')).length).toBe(8);
    expect((await api.call('POST', '/api/v1/submissions/accept', { key, body: { ids: rest } })).status).toBe(409);
  });

  test('many of one address within an hour, and more than the form expects, are held', async () => {
    const small = await makeForm(api, key, { name: 'Small', hourlyCeiling: 7 });
    for (let turn = 0; turn < 9; turn += 1)
      await submit(api, small, {
        email: turn < 6 ? 'ada@example.com' : `p${turn}@example.com`,
        last_name: 'L',
        company: 'C',
      });
    const reasons = (await list(`form=${small.id}`))
      .reverse()
      .map((one) => one.reasons.map((sign) => sign.reason).join());
    expect(reasons).toEqual(['', '', '', '', '', 'many_from_address', '', 'over_ceiling', 'over_ceiling']);
  });

  test('a test of the form reaches nobody: no contact, no score', async () => {
    const { address } = (await (await api.call('POST', `/api/v1/forms/${form.id}/test`, { key, body: {} })).json()) as {
      address: string;
    };
    await send({ email: 'ada@example.com', last_name: 'L' }, { query: new URL(address).search });
    expect(await inHub('ada@example.com')).toBeUndefined();
    expect(await list()).toMatchObject([{ test: true, contactId: null }]);
    api.clock.advance(3 * 60 * 60 * 1000);
    await send({ email: 'eve@example.com', last_name: 'L' }, { query: new URL(address).search });
    expect((await list('test=false')).map((one) => one.email)).toEqual(['eve@example.com']);
  });
});
