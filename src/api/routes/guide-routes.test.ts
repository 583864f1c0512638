import { expect, test } from 'vitest';
import type { z } from 'zod';
import { openApi } from '../../../test/support/api.ts';
import { describeEachDatabase, emptyStore } from '../../../test/support/database.ts';
import { manifests } from '../../connectors/index.ts';
import type { crm } from '../contract/crm.ts';

describeEachDatabase('the guide of a CRM', (open) => {
  test('is there for each CRM, in the reader’s language, with the same parts in both', async () => {
    await emptyStore(open());
    const { call, keyFor } = openApi(open());
    const key = await keyFor({ role: 'marketing' });
    const guide = async (crm: string, language: string) => {
      const answer = await call('GET', `/api/v1/crms/${crm}/guide`, { key, headers: { 'accept-language': language } });
      expect(answer.status).toBe(200);
      return (await answer.json()) as { locale: string; markdown: string };
    };
    const parts = (markdown: string): string[] => markdown.match(/^(#{1,3} |\| --- |\d+\. |- )/gm) ?? [];
    expect([...manifests.keys()]).toHaveLength(6);
    for (const crm of manifests.keys()) {
      const [en, fr] = [await guide(crm, 'en'), await guide(crm, 'fr-FR,fr;q=0.9')];
      expect([en.locale, fr.locale]).toEqual(['en', 'fr']);
      expect(en.markdown).toMatch(/^# Connecting /);
      expect(fr.markdown).toMatch(/^# Connecter /);
      expect([crm, parts(fr.markdown)]).toEqual([crm, parts(en.markdown)]);
      // The screen has its own switch of languages.
      expect(`${en.markdown}${fr.markdown}`).not.toContain('.md)');
      for (const heading of [
        'prepare',
        'In Tandem',
        'lead and a contact',
        'Fields of ours',
        'rejected',
        'Limits',
        'Sandbox',
        'To stop',
      ])
        expect([crm, heading, en.markdown.includes(heading)]).toEqual([crm, heading, true]);
    }
  });
  test('names what is to be filled in as the form does, in each language', async () => {
    await emptyStore(open());
    const { call, keyFor } = openApi(open());
    const key = await keyFor({ role: 'admin' });
    const read = async <T>(path: string, language: string): Promise<T> => {
      const answer = await call('GET', `/api/v1/crms${path}`, { key, headers: { 'accept-language': language } });
      // As the contract says.
      return (await answer.json()) as T;
    };
    const missing: string[] = [];
    for (const language of ['en', 'fr']) {
      const { items } = await read<{ items: readonly z.output<typeof crm>[] }>('', language);
      for (const { id, credentials, options } of items) {
        const { markdown } = await read<{ markdown: string }>(`/${id}/guide`, language);
        const fields = credentials.filter(({ method }) => method !== 'oauth').flatMap((one) => one.fields);
        // "(PEM)", "(audience)": what an expert looks for may be left out.
        for (const { label } of [...fields, ...options])
          if (!markdown.toLowerCase().includes(label.replace(/ \(.*\)$/, '').toLowerCase()))
            missing.push(`${id}.${language}: ${label}`);
      }
    }
    expect(missing).toEqual([]);
  });
  test('of an unknown CRM is nothing, whatever the name looks like, and needs the right to see connections', async () => {
    await emptyStore(open());
    const { call, keyFor } = openApi(open());
    const key = await keyFor({ role: 'admin' });
    for (const name of ['close', '..%2F..%2FREADME', 'salesforce.fr'])
      expect((await call('GET', `/api/v1/crms/${name}/guide`, { key })).status).toBe(404);
    expect((await call('GET', '/api/v1/crms/salesforce/guide', { key: await keyFor({ role: 'sales' }) })).status).toBe(
      403,
    );
  });
});
