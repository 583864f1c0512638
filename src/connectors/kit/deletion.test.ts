import { describe, expect, test } from 'vitest';
import { type DeleteOutcome, deleteInCalls, type RecordToDelete } from './deletion.ts';
import { RemoteError } from './errors.ts';

const people = (count: number): RecordToDelete[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'lead', id: String(index) }));
const gone = (batch: readonly RecordToDelete[]): DeleteOutcome[] => batch.map(() => ({ kind: 'deleted' }));
const kindsOf = (outcomes: readonly DeleteOutcome[]): string => outcomes.map(({ kind }) => kind.charAt(0)).join('');

describe('deleting in calls', () => {
  test('[C51] a call that is refused as a whole is halved until the record that it is about stands alone', async () => {
    const sent: number[] = [];
    const outcomes = await deleteInCalls(people(8), { perCall: 8 }, async (batch) => {
      sent.push(batch.length);
      if (batch.some(({ id }) => id === '5')) throw new RemoteError('invalid', 'for the log', { code: 'BAD' });
      return gone(batch);
    });
    expect(kindsOf(outcomes)).toBe('dddddrdd');
    expect(outcomes[5]).toMatchObject({
      faults: [{ reason: 'rejected_by_crm', params: { why: 'deletion', code: 'BAD' } }],
    });
    expect(sent).toEqual([8, 4, 4, 2, 1, 1, 2]);
  });

  test('[C53] an answer that is shorter than the question leaves the rest unknown', async () => {
    const outcomes = await deleteInCalls(people(3), { perCall: 3 }, async (batch) => gone(batch).slice(1));
    expect(kindsOf(outcomes)).toBe('ddu');
  });

  test('[C53] after "not now" nothing more is sent, and everybody waits as long', async () => {
    let calls = 0;
    const outcomes = await deleteInCalls(people(5), { perCall: 1 }, async (batch) => {
      calls += 1;
      if (calls === 3) throw new RemoteError('quota', 'for the log', { retryAt: 7 });
      return gone(batch);
    });
    expect([calls, kindsOf(outcomes)]).toEqual([3, 'ddttt']);
    expect(outcomes.slice(2)).toEqual(Array.from({ length: 3 }, () => ({ kind: 'throttled', retryAt: 7 })));
  });

  test('[C53] what concerns every call is thrown when no other call is under way any more, and none follows', async () => {
    const { promise: answer, resolve } = Promise.withResolvers<undefined>();
    const sent: string[] = [];
    let isDone = false;
    const deleting = deleteInCalls(people(6), { perCall: 1, parallel: 2 }, async (batch) => {
      const id = batch[0]?.id ?? '';
      sent.push(id);
      if (id === '1') throw new RemoteError('auth', 'for the log');
      await answer;
      isDone = true;
      return gone(batch);
    });
    const failed = expect(deleting)
      .rejects.toMatchObject({ kind: 'auth' })
      .then(() => isDone);
    resolve(undefined);
    expect([await failed, sent]).toEqual([true, ['0', '1']]);
  });
});
