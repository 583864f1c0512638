import { expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import { createTrackLimit } from './track-limit.ts';

const posts = (limit: ReturnType<typeof createTrackLimit>, address: string, count: number): number =>
  Array.from({ length: count }, () => limit.fromAddress(address)).filter(Boolean).length;

test('an address has its posts a minute, and the next minute again; a network of IPv6 is one address', () => {
  const clock = manualClock(0);
  const limit = createTrackLimit({ postsPerAddress: 100, signs: 0 }, () => clock.now());
  expect(posts(limit, '203.0.113.9', 150)).toBe(100);
  expect(posts(limit, '203.0.113.10', 150)).toBe(100);
  expect(posts(limit, '2001:db8::1', 60) + posts(limit, '2001:db8::2', 60)).toBe(100);
  clock.advance(59_000);
  expect([posts(limit, '203.0.113.9', 1), limit.secondsLeft()]).toEqual([0, 1]);
  clock.advance(1_000);
  expect(posts(limit, '203.0.113.9', 150)).toBe(100);
});

test('ten thousand visitors beside two hundred who flood are never refused, and the counters take no more room', () => {
  const clock = manualClock(0);
  // A known secret: by chance one of them could share both counters with two of the others.
  const limit = createTrackLimit({ postsPerAddress: 100, signs: 0 }, () => clock.now(), Buffer.alloc(16, 7));
  for (let flood = 0; flood < 200; flood += 1)
    expect(posts(limit, `198.51.100.${flood}`, 300)).toBeLessThanOrEqual(100);
  let refused = 0;
  for (let visitor = 0; visitor < 10_000; visitor += 1)
    refused += 20 - posts(limit, `9.${visitor >> 8}.${visitor & 255}.7`, 20);
  expect(refused).toBe(0);
});

test('a proxy that nobody named stands for everybody: its private address is not counted', () => {
  const limit = createTrackLimit({ postsPerAddress: 1, signs: 0 }, () => 0);
  for (const address of ['127.0.0.1', '10.1.2.3', '::1', 'unknown']) expect(posts(limit, address, 50)).toBe(50);
});

test('all visitors together have their signs a minute; 0 is no limit', () => {
  const clock = manualClock(0);
  const limit = createTrackLimit({ postsPerAddress: 0, signs: 100 }, () => clock.now());
  expect([limit.ofSite(60), limit.ofSite(40), limit.ofSite(1)]).toEqual([true, true, false]);
  clock.advance(60_000);
  expect(limit.ofSite(100)).toBe(true);
  const open = createTrackLimit({ postsPerAddress: 0, signs: 0 }, () => 0);
  expect([open.ofSite(1_000_000), open.fromAddress('203.0.113.9')]).toEqual([true, true]);
});
