import { expect, test } from 'vitest';
import { firstDigestDay, isDigestDue, localDay } from './local-day.ts';

/** Asks every ten minutes for five days, as the reporter does; @returns when each report went out, as UTC. */
function digests(from: string, timeZone: string): string[] {
  const start = Date.parse(from);
  let last = firstDigestDay(start, timeZone);
  const sent: string[] = [];
  for (let at = start; at < start + 5 * 24 * 3_600_000; at += 600_000) {
    if (!isDigestDue(at, timeZone, last)) continue;
    last = localDay(at, timeZone).day;
    sent.push(new Date(at).toISOString().slice(5, 16));
  }
  return sent;
}

test('one report a day, at seven by the clock of the zone, also when a day has 23 or 25 hours', () => {
  // Clocks go forward on 29 March and back on 25 October 2026 in Paris, on 8 March in New York.
  expect(digests('2026-03-27T08:00:00Z', 'Europe/Paris')).toEqual([
    '03-28T06:00',
    '03-29T05:00',
    '03-30T05:00',
    '03-31T05:00',
    '04-01T05:00',
  ]);
  expect(digests('2026-10-23T08:00:00Z', 'Europe/Paris')).toEqual([
    '10-24T05:00',
    '10-25T06:00',
    '10-26T06:00',
    '10-27T06:00',
    '10-28T06:00',
  ]);
  expect(digests('2026-03-06T20:00:00Z', 'America/New_York')).toEqual([
    '03-07T12:00',
    '03-08T11:00',
    '03-09T11:00',
    '03-10T11:00',
    '03-11T11:00',
  ]);
  expect(digests('2026-06-01T00:00:00Z', 'Asia/Kathmandu').slice(0, 2)).toEqual(['06-01T01:20', '06-02T01:20']);
});

test('whoever begins to want it at ten gets the first one tomorrow, whoever begins at six today', () => {
  const at = (time: string) => Date.parse(`2026-06-01T${time}:00Z`);
  expect(isDigestDue(at('10:00'), 'UTC', firstDigestDay(at('10:00'), 'UTC'))).toBe(false);
  expect(isDigestDue(at('07:00'), 'UTC', firstDigestDay(at('06:00'), 'UTC'))).toBe(true);
  expect(isDigestDue(at('06:59'), 'UTC', firstDigestDay(at('06:00'), 'UTC'))).toBe(false);
});

test('a machine that slept through seven sends one report on waking; a zone further west sends none twice', () => {
  expect(isDigestDue(Date.parse('2026-06-04T15:00:00Z'), 'UTC', '2026-06-01')).toBe(true);
  expect(isDigestDue(Date.parse('2026-06-04T08:00:00Z'), 'America/Los_Angeles', '2026-06-04')).toBe(false);
});
