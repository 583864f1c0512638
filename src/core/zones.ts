const DAY_MS = 24 * 60 * 60 * 1000;

/** Formatters are costly to make and hold no state that a caller could see. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formatters.set(zone, made);
  return made;
}

/** Is this a zone that we can reckon with (`Europe/Paris`)? */
export function isZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of a zone show minus UTC at an instant, ms. */
function offsetAt(instant: number, zone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const shown = new Date(0);
  shown.setUTCFullYear(year, month - 1, day);
  shown.setUTCHours(hour, minute, second);
  return shown.getTime() - Math.floor(instant / 1000) * 1000;
}

/** `YYYY-MM-DDTHH:MM:SS.mmm`, as the clocks of that zone show it. */
export const localTime = (instant: number, zone: string): string =>
  new Date(instant + offsetAt(instant, zone)).toISOString().slice(0, 23);

/**
 * The instant at which the clocks of a zone show a local time, ms. A time that comes twice (clocks put back) is the first
 * of the two; one that never comes (clocks put forward) is as much later as the clocks jump.
 */
export function instantOf(local: string, zone: string): number {
  const asUtc = Date.parse(`${local.length === 10 ? `${local}T00:00:00` : local}Z`);
  const before = asUtc - offsetAt(asUtc - DAY_MS, zone);
  const after = asUtc - offsetAt(asUtc + DAY_MS, zone);
  const shows = (instant: number): boolean => instant + offsetAt(instant, zone) === asUtc;
  const right = [before, after].filter(shows);
  return right.length > 0 ? Math.min(...right) : before;
}
