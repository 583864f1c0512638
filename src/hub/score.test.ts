import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { describeEachDatabase, emptyStore } from '../../test/support/database.ts';
import { fc } from '../../test/support/properties.ts';
import { shareLeft } from '../core/score.ts';
import { createIds } from '../platform/ids.ts';
import { saveInstanceSettings } from '../store/instance-settings.ts';
import { dropPartitionsBefore, monthOf } from '../store/partitions.ts';
import { createField } from './fields.ts';
import { recordEvents } from './record-events.ts';
import { saveContact } from './save-contacts.ts';
import { carryPoints, decayScores, explainScore } from './score.ts';
import { plantScoreRules, refreshScores, saveScoreRule } from './score-rules.ts';

const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 0, 10);

describeEachDatabase('the score', (store) => {
  const ids = createIds({ now: () => START });
  let events = 0;
  beforeEach(async () => {
    await emptyStore(store());
    await plantScoreRules(store(), START);
  });

  const person = async (email: string, fields: Record<string, unknown> = {}): Promise<string> => {
    const id = ids.next('ct');
    const options = { by: 'person', at: START, newId: () => id, mode: 'create' } as const;
    await store().transaction((trx) => saveContact(trx, { fields: { email, ...fields } }, options));
    return id;
  };
  const happened = (email: string, type: string, at: number): Promise<unknown> => {
    events += 1;
    const event = { id: `evt_${events}`, type, email, at, data: { phase: 'evaluation' } };
    return store().transaction((trx) => recordEvents(trx, [event], at));
  };
  const scoreOfOne = async (id: string): Promise<number> =>
    (await store().db.selectFrom('contacts').select('score').where('id', '=', id).executeTakeFirstOrThrow()).score;
  const setDecay = (decay: { days: number; percent: number } | null) =>
    store().transaction((trx) => saveInstanceSettings(trx, { score: { decay } }, START));

  test('[R23] decay changes the stored score in steps, and looks only at those whom a step concerns', async () => {
    await setDecay({ days: 30, percent: 50 });
    const ada = await person('ada@example.com');
    const bob = await person('bob@example.com');
    await happened('ada@example.com', 'form', START);
    await happened('bob@example.com', 'download', START + 20 * DAY);
    expect([await scoreOfOne(ada), await scoreOfOne(bob)]).toEqual([20, 5]);
    await decayScores(store(), START + 20 * DAY);
    expect(await decayScores(store(), START + 29 * DAY)).toBe(0);
    expect(await decayScores(store(), START + 31 * DAY)).toBe(1);
    expect([await scoreOfOne(ada), await scoreOfOne(bob)]).toEqual([10, 5]);
    expect(await decayScores(store(), START + 32 * DAY)).toBe(0);
    expect(await decayScores(store(), START + 400 * DAY)).toBe(2);
    expect([await scoreOfOne(ada), await scoreOfOne(bob)]).toEqual([0, 0]);
    expect(await decayScores(store(), START + 500 * DAY)).toBe(0);
  });

  test('[R23] what the database computes of an event’s points is what the core computes', async () => {
    const ada = await person('ada@example.com');
    await happened('ada@example.com', 'form', START);
    await fc.assert(
      fc.asyncProperty(
        fc.record({ days: fc.integer({ min: 1, max: 400 }), percent: fc.integer({ min: 1, max: 100 }) }),
        fc.integer({ min: -DAY, max: 900 * DAY }),
        async (decay, age) => {
          await setDecay(decay);
          const { parts } = await explainScore(store().db, ada, START + age);
          expect(parts[0]?.points).toBeCloseTo(20 * shareLeft(START, START + age, decay), 6);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('[R39] events that are no longer kept take nobody’s score away', async () => {
    const ada = await person('ada@example.com');
    await happened('ada@example.com', 'form', START);
    const later = START + 450 * DAY;
    await store().transaction(async (trx) => {
      await carryPoints(trx, monthOf(later - 400 * DAY).from, later);
      expect(await dropPartitionsBefore(trx, 'events', later - 400 * DAY)).toHaveLength(1);
    });
    await happened('ada@example.com', 'visit', later);
    expect(await scoreOfOne(ada)).toBe(21);
    const { parts } = await explainScore(store().db, ada, later);
    expect(parts).toMatchObject([
      { rule: 'rul_visit', points: 1 },
      { why: 'carried', points: 20 },
    ]);
  });

  test('events of one call may lie months apart', async () => {
    const ada = await person('ada@example.com');
    const at = [0, 65, 200].map((days) => START - days * DAY);
    const input = at.map((when, index) => ({
      id: `far_${index}`,
      type: 'visit',
      email: 'ada@example.com',
      at: when,
      data: {},
    }));
    const recorded = await store().transaction((trx) => recordEvents(trx, input, START));
    expect(recorded.map((one) => one.outcome)).toEqual(['recorded', 'recorded', 'recorded']);
    expect(await scoreOfOne(ada)).toBe(3);
  });

  test('each point of a score is explained by a rule, and the parts sum up to it', async () => {
    const ada = await person('ada@example.com', { country: 'France' });
    const rule = { name: 'French', onEvent: null, points: 7, enabled: true } as const;
    await saveScoreRule(
      store(),
      { ...rule, condition: { field: 'country', op: 'is', value: 'France' } },
      { ids, at: START },
    );
    for (const type of ['visit', 'visit', 'form']) await happened('ada@example.com', type, START);
    const { score, parts } = await explainScore(store().db, ada, START);
    expect(parts.map((part) => [part.rule?.replace(/_01.*/, ''), part.count, part.points])).toEqual([
      ['rul_form_evaluation', 1, 20],
      ['rul_visit', 2, 2],
      ['rul', 1, 7],
    ]);
    expect([score, await scoreOfOne(ada)]).toEqual([29, 29]);
  });

  test('a changed rule on a field is counted for everybody, once, in the background', async () => {
    const ada = await person('ada@example.com', { country: 'France' });
    await saveScoreRule(
      store(),
      { name: 'F', onEvent: null, points: 9, enabled: true, condition: { field: 'country', op: 'filled' } },
      { ids, at: START },
    );
    expect(await scoreOfOne(ada)).toBe(0);
    expect(await refreshScores(store(), START)).toBe(1);
    expect(await scoreOfOne(ada)).toBe(9);
    expect(await refreshScores(store(), START)).toBe(0);
    const due = await sql<{ count: number }>`select count(*)::int as count from due`.execute(store().db);
    expect(due.rows[0]?.count).toBe(0);
  });

  test('a rule on a field compares as the field’s type does, whatever it was written as; what can never be is refused', async () => {
    await store().transaction(async (trx) => {
      await createField(trx, { key: 'seats', label: 'Seats', type: 'number' }, START);
      await createField(trx, { key: 'vip', label: 'VIP', type: 'boolean' }, START);
      await createField(
        trx,
        { key: 'topics', label: 'Topics', type: 'manyOf', options: ['News', 'Special offers'] },
        START,
      );
    });
    const ada = await person('ada@example.com', {
      job_title: 'Chief Director',
      seats: 12,
      vip: true,
      topics: ['News', 'Special offers'],
    });
    const save = (condition: Record<string, string | number>, points: number, id?: string) =>
      saveScoreRule(store(), { name: 'F', onEvent: null, points, enabled: true, condition, id }, { ids, at: START });
    await save({ field: 'job_title', op: 'contains', value: 'director' }, 1);
    await save({ field: 'seats', op: 'at_least', value: '10' }, 2);
    await save({ field: 'seats', op: 'is', value: '12.0' }, 4);
    await save({ field: 'vip', op: 'is', value: 'yes' }, 8);
    const topics = await save({ field: 'topics', op: 'is', value: 'special offers' }, 16);
    await save({ field: 'seats', op: 'at_most', value: '11' }, 32);
    await refreshScores(store(), START);
    expect(await scoreOfOne(ada)).toBe(31);
    await save({ field: 'topics', op: 'is', value: 'Special offers' }, 3, topics.id);
    await refreshScores(store(), START);
    expect(await scoreOfOne(ada)).toBe(18);
    const refused: [Record<string, string>, string][] = [
      [{ field: 'shoe', op: 'is', value: '44' }, 'condition.field'],
      [{ field: 'seats', op: 'contains', value: '1' }, 'condition.op'],
      [{ field: 'seats', op: 'at_least', value: 'many' }, 'condition.value'],
      [{ field: 'topics', op: 'is', value: 'Sports' }, 'condition.value'],
      [{ field: 'job_title', op: 'is', value: ' ' }, 'condition.value'],
    ];
    for (const [condition, path] of refused)
      await expect(save(condition, 1), path).rejects.toMatchObject({ problems: [{ path }] });
  });
});
