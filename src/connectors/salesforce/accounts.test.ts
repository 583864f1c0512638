import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import type { ReadOptions } from '../kit/connector.ts';
import { type Asked, answering, connectFor } from '../kit/testing/connect.ts';
import { createSalesforceEmulator } from './emulator/emulator.ts';
import { describedField } from './emulator/state.ts';
import { manifest } from './manifest.ts';

const HOST = 'https://emulated.my.salesforce.test';
const READ: ReadOptions = { limit: 500, mode: 'changes', fields: ['Email', 'AccountId'] };

function open(answer: (asked: Asked) => Response | null = () => null) {
  const clock = manualClock(Date.UTC(2026, 10, 24));
  const emulator = createSalesforceEmulator({ clock, url: () => HOST });
  const asked: string[] = [];
  const fetch = answering((one) => {
    asked.push(`${one.method} ${one.url.pathname} ${one.url.searchParams.get('q') ?? ''}`);
    return answer(one);
  }, emulator.request);
  const connector = connectFor(manifest, { fetch, clock, credentials: { ...emulator.credentials, loginUrl: HOST } });
  return { connector, emulator, clock, asked };
}

describe('accounts of Salesforce', () => {
  test('[R25] a contact brings its company’s name in the same query; by id the accounts of all are one call more', async () => {
    const { connector, emulator, asked } = open();
    const ids = emulator.world.seed(
      Array.from({ length: 40 }, (_, index) => ({ email: `p${index}@example.com`, company: `Co ${index % 7}` })),
      'contact',
    );
    await connector.describe();
    await connector.readChanges('lead', null, READ);
    asked.length = 0;
    const page = await connector.readChanges('contact', null, READ);
    expect(page.changed.map((one) => one.fields['AccountId'])).toEqual(ids.map((_, index) => `Co ${index % 7}`));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('AccountId, Account.Name FROM Contact');
    asked.length = 0;
    const read = await connector.readByIds('contact', ids, ['AccountId']);
    expect(read.map((one) => one.fields['AccountId'])).toEqual(page.changed.map((one) => one.fields['AccountId']));
    expect(read.map((one) => one.companyId)).toEqual(page.changed.map((one) => one.companyId));
    expect(asked).toHaveLength(2);
    asked.length = 0;
    expect((await connector.readByIds('contact', ids, ['Email']))[0]?.companyId).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  test('[R25] names too long for one address are looked for by several calls, quotes and all', async () => {
    const { connector, emulator, asked } = open();
    const names = Array.from({ length: 200 }, (_, index) => `L'Été & Fils \\ ${index} ${'ü'.repeat(200)}`);
    for (const name of names) emulator.world.companies?.add(name);
    await connector.describe();
    asked.length = 0;
    const found = (await connector.companies?.find(names)) ?? [];
    expect(found.map((list) => list.map((one) => one.name))).toEqual(names.map((name) => [name]));
    expect(asked.length).toBeGreaterThan(1);
  });

  test('[R16] a duplicate rule on accounts is told with the record that it found, and what accounts demand in the vendor’s words', async () => {
    const rule = {
      id: null,
      success: false,
      errors: [
        {
          statusCode: 'DUPLICATES_DETECTED',
          message: 'Use one of these records?',
          fields: [],
          duplicateResut: { matchResults: [{ matchRecords: [{ record: { Id: '001EM0000000009AAA' } }] }] },
        },
      ],
    };
    const blocked = open(({ url, method }) =>
      method === 'POST' && url.pathname.endsWith('/composite/sobjects') ? Response.json([rule]) : null,
    );
    expect(await blocked.connector.companies?.create([{ key: 'k', name: 'Acme' }])).toMatchObject([
      { kind: 'refused', faults: [{ reason: 'duplicate_rule', params: { otherId: '001EM0000000009AAA' } }] },
    ]);
    const { connector, emulator } = open();
    emulator.state.fields.Account.set('Industry', describedField('Industry', 'string', { nillable: false }));
    expect(await connector.companies?.create([{ key: 'k', name: 'Acme' }])).toMatchObject([
      {
        kind: 'refused',
        faults: [{ reason: 'rejected_by_crm', params: { vendor: 'Required fields are missing: [Industry]' } }],
      },
    ]);
  });

  test('[R25] an account that lost a merge or was deleted has ended, and its people are where Salesforce puts them', async () => {
    const { connector, emulator, clock } = open();
    const ids = emulator.world.seed(
      ['Acme', 'Beta', 'Gamma'].map((company) => ({ email: `${company}@example.com`, company })),
      'contact',
    );
    const first = await connector.readChanges('account', null, READ);
    clock.advance(3_600_000);
    const [acme, beta, gamma] = emulator.state.objects.Account;
    if (acme === undefined || beta === undefined || gamma === undefined) throw new Error('no accounts');
    emulator.state.merge(acme, gamma);
    emulator.state.remove(beta);
    const news = await connector.readChanges('account', first.next, READ);
    expect(news.companiesGone?.toSorted()).toEqual([acme.Id, beta.Id].toSorted());
    expect(news.companies).toEqual([{ id: gamma.Id, name: 'Gamma' }]);
    const people = await connector.readByIds('contact', ids, ['AccountId']);
    expect(people.map((one) => [one.id, one.companyId])).toEqual([
      [ids[0], gamma.Id],
      [ids[2], gamma.Id],
    ]);
  });

  test('[R25] who may not see accounts has contacts all the same, with the bare id; once it may, the look goes on from there', async () => {
    let isHidden = true;
    const { connector, emulator, clock } = open(({ url }) =>
      isHidden && (url.searchParams.get('q') ?? '').includes('FROM Account ')
        ? Response.json([{ message: '', errorCode: 'INVALID_TYPE' }], { status: 400 })
        : null,
    );
    emulator.state.fields.Contact.set('AccountId', describedField('AccountId', 'reference', { referenceTo: [] }));
    emulator.world.seed([{ email: 'a@example.com', company: 'Acme' }], 'contact');
    const [acme] = emulator.state.objects.Account;
    const page = await connector.readChanges('contact', null, READ);
    expect([page.changed[0]?.fields['AccountId'], page.changed[0]?.companyId]).toEqual([acme?.Id, undefined]);
    const first = await connector.readChanges('account', null, READ);
    expect(first).toMatchObject({ companies: [], companiesGone: [], more: false });
    clock.advance(3_600_000);
    emulator.world.companies?.rename(acme?.Id ?? '', 'Acme Holding');
    isHidden = false;
    expect((await connector.readChanges('account', first.next, READ)).companies).toEqual([
      { id: acme?.Id, name: 'Acme Holding' },
    ]);
  });

  test('[R25] a person account is no company, neither of its own contact nor to be found', async () => {
    const { connector, emulator } = open();
    const { state } = emulator;
    for (const object of ['Contact', 'Account'] as const)
      state.fields[object].set('IsPersonAccount', describedField('IsPersonAccount', 'boolean', { createable: false }));
    const company = emulator.world.companies?.add('Ada Bach');
    const own = state.create('Account', { Name: 'Ada Bach', IsPersonAccount: true });
    const contact = state.create('Contact', { LastName: 'Bach', AccountId: own.Id, IsPersonAccount: true });
    expect((await connector.companies?.find(['Ada Bach']))?.[0]?.map(({ id }) => id)).toEqual([company]);
    const [read] = await connector.readByIds('contact', [contact.Id], ['AccountId']);
    expect([read?.fields['AccountId'], read?.companyId]).toEqual([null, null]);
  });
});
