/** When daily reports go out: seven in the morning, where the instance lives. */
export const DIGEST_MINUTE = 7 * 60;

/** The calendar day (`2026-11-24`) and the minute of the day that a moment is in a zone. */
export function localDay(at: number, timeZone: string): { readonly day: string; readonly minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? '00';
  return {
    day: `${part('year')}-${part('month')}-${part('day')}`,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

/**
 * Is the day's report due? Asked of the wall clock of the zone, never by adding 24 hours: a day of 23 or 25 hours has one
 * report, at seven by the clock; a machine that slept through seven sends it on waking.
 * @param last the day of the last report; null: there was none, and today's begins to count now.
 */
export function isDigestDue(at: number, timeZone: string, last: string | null): boolean {
  const { day, minute } = localDay(at, timeZone);
  return last !== null && minute >= DIGEST_MINUTE && day > last;
}

/** The day to note when somebody begins to want daily reports: the first comes at the next seven o'clock. */
export function firstDigestDay(at: number, timeZone: string): string {
  const { day, minute } = localDay(at, timeZone);
  return minute >= DIGEST_MINUTE ? day : '';
}
