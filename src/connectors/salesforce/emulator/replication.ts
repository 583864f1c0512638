import type { Hono } from 'hono';
import { error, isObject } from './answers.ts';
import { type SalesforceState, stamp } from './state.ts';

const DAY_MS = 86_400_000;
/** The delete log goes back 15 days, that of updates 30. */
const LOG_MS = { deleted: 15 * DAY_MS, updated: 30 * DAY_MS } as const;

/** Lists of ids by time, as replication clients ask: seconds are ignored, wrong windows are refused. */
export function addReplication(api: Hono, state: SalesforceState): void {
  for (const path of ['deleted', 'deleted/', 'updated', 'updated/']) {
    const what = path.startsWith('deleted') ? 'deleted' : 'updated';
    api.get(`/services/data/:version/sobjects/:object/${path}`, (c) => {
      const object = c.req.param('object');
      if (!isObject(object)) return c.json(error('NOT_FOUND', 'The requested resource does not exist'), 404);
      const minute = (text: string | undefined): number => Math.floor(Date.parse(text ?? '') / 60_000) * 60_000;
      const [start, end] = [minute(c.req.query('start')), minute(c.req.query('end'))];
      if (!(start < end) || start < state.clock.now() - LOG_MS[what])
        return c.json(error('INVALID_REPLICATION_DATE', 'startDate must chronologically precede endDate'), 400);
      const touched = (row: { SystemModstamp: string }): boolean => {
        const at = Date.parse(row.SystemModstamp.replace('+0000', 'Z'));
        return at >= start && at < end;
      };
      const rows = state.objects[object].filter((row) => row.IsDeleted === (what === 'deleted') && touched(row));
      const latestDateCovered = stamp(Math.min(end, state.clock.now()));
      if (what === 'updated') return c.json({ ids: rows.map((row) => row.Id), latestDateCovered });
      return c.json({
        deletedRecords: rows.map((row) => ({ id: row.Id, deletedDate: row.SystemModstamp })),
        earliestDateAvailable: stamp(state.clock.now() - LOG_MS.deleted),
        latestDateCovered,
      });
    });
  }
}
