import { expect, test } from 'vitest';
import { manifests } from '../connectors/index.ts';
import { isMessage, say } from './messages/say.ts';
import { labelsOf } from './present-crm.ts';

test('each credential, method and option of each connector has its name in both languages, in English the connector’s own', () => {
  const names = [...manifests.values()].flatMap(labelsOf);
  expect(names.length).toBeGreaterThan(40);
  for (const { keys, label } of names) {
    const key = keys.find(isMessage);
    expect(key, `a message of ${keys.join(' or ')}`).toBeDefined();
    if (key === undefined) continue;
    expect([key, say('en', key)]).toEqual([key, label]);
    expect(say('fr', key)).not.toBe('');
  }
});
