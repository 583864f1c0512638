import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atOnce } from './at-once.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};

test('calls under way at once: never more than told, each once, results in the order of the items', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 6 }), async (lengths, most) => {
      let underWay = 0;
      let peak = 0;
      const begun: number[] = [];
      const results = await atOnce([...lengths.entries()], most, async ([index, length]) => {
        begun.push(index);
        peak = Math.max(peak, (underWay += 1));
        await turns(length);
        underWay -= 1;
        return index;
      });
      expect([results, begun]).toEqual([[...lengths.keys()], [...lengths.keys()]]);
      expect(peak).toBe(Math.min(most, lengths.length));
    }),
  );
});

test('after a failure nothing more is begun, what is under way ends first, and the first failure is told', async () => {
  const log: string[] = [];
  const work = async (item: string): Promise<void> => {
    log.push(`begin ${item}`);
    await turns(item === 'slow' ? 9 : 2);
    log.push(`end ${item}`);
    if (item.startsWith('bad')) throw new Error(item);
  };
  await expect(atOnce(['slow', 'bad one', 'later', 'bad two'], 2, work)).rejects.toThrow('bad one');
  expect(log).toEqual(['begin slow', 'begin bad one', 'end bad one', 'end slow']);
});

test('whoever says that it is over has what was begun, in order, and no more', async () => {
  let isOver = false;
  const done = await atOnce(
    [1, 2, 3, 4],
    2,
    async (item) => {
      await turns(item);
      isOver = true;
      return item;
    },
    () => isOver,
  );
  expect(done).toEqual([1, 2]);
});
