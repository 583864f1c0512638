import { sql } from 'kysely';
import { emailKey } from '../core/email.ts';
import type { InstanceSettings } from '../core/instance.ts';
import { type Connection, listConnections } from '../engine/connection.ts';
import { notifyAddresses } from '../engine/connections.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { type Message, renderMessage } from '../mail/layout.ts';
import type { Trx } from '../store/db.ts';
import { readInstanceSettings } from '../store/instance-settings.ts';
import { type QueuedMail, queueMails } from '../store/outbox.ts';
import { isQuiet } from '../store/quiet.ts';
import { firstDigestDay, isDigestDue, localDay } from './local-day.ts';
import { isWorthTelling, type Problem, problemOf } from './problem-of.ts';
import { didSomething, type EndedRun, markReported, readTasks, readUnreported, toHalves, toTask } from './read-runs.ts';
import { readersOf } from './readers.ts';
import type { Reader } from './words.ts';
import { writeProblem, writeRecovery } from './write-problem.ts';
import { type Part, writeReport } from './write-report.ts';

export type ReportDeps = Pick<EngineDeps, 'store' | 'clock' | 'ids' | 'log' | 'manifests' | 'baseUrl'>;

/**
 * What people are mailed about a connection (`notify`): one mail with each synchronisation (`each`), one a day at seven
 * (`daily`), or only when it stops and when it works again (`problems`; the other two get those as well).
 *
 * Nothing here is told by an event: it looks at runs that ended and are in no report yet, and queues the mails in the
 * transaction that notes it. So a crash loses no report and doubles none, and several processes may look at once: each
 * connection's `notices` row is locked by whoever is at it.
 */
export async function sendReports(deps: ReportDeps): Promise<number> {
  const { db } = deps.store;
  if (await isQuiet(db)) {
    // A copy knows what the original told up to the backup, not since: it begins anew.
    await db.deleteFrom('notices').execute();
    return 0;
  }
  const all = await listConnections(db);
  const told = all.flatMap((connection): readonly Subscription[] => {
    const byKey = new Map(notifyAddresses(connection.settings.notify.addresses).map((one) => [emailKey(one), one]));
    byKey.delete(null);
    const addresses = [...byKey.values()];
    return addresses.length === 0 ? [] : [{ connection, addresses, crm: nameOf(deps, connection, all) }];
  });
  await sql`delete from notices where connection_id <> all(${told.map((one) => one.connection.id)}::text[])`.execute(
    db,
  );
  if (told.length === 0) return 0;
  const settings = await readInstanceSettings(db);
  let mails = 0;
  // What cannot be told of one connection keeps nobody from hearing of the others.
  const attempt = async (work: (trx: Trx) => Promise<number>): Promise<void> => {
    mails += await deps.store.transaction(work).catch((error: unknown) => {
      deps.log.error({ err: error }, 'a report could not be written');
      return 0;
    });
  };
  for (const one of told) await attempt((trx) => tellAbout(deps, trx, one, settings));
  if (told.some((one) => one.connection.settings.notify.when === 'daily'))
    await attempt((trx) => tellTheDay(deps, trx, told, settings));
  return mails;
}

interface Subscription {
  readonly connection: Connection;
  readonly addresses: readonly string[];
  readonly crm: string;
}

interface Notice {
  readonly since: number;
  readonly gathered_at: number;
  readonly digest_day: string | null;
  readonly problem: string | null;
  readonly problem_at: number | null;
}

/** The CRM's name, or the connection's own where two of one CRM are connected. */
function nameOf(deps: ReportDeps, connection: Connection, all: readonly Connection[]): string {
  const isAlone = all.filter((one) => one.crm === connection.crm).length === 1;
  return isAlone ? (deps.manifests.get(connection.crm)?.label ?? connection.name) : connection.name;
}

/** Problems at once, and in mode `each` the synchronisations. @returns how many mails were queued. */
async function tellAbout(deps: ReportDeps, trx: Trx, one: Subscription, settings: InstanceSettings): Promise<number> {
  const now = deps.clock.now();
  const notice = await lockNotice(trx, one.connection, settings, now);
  if (notice === null) return 0;
  const readers = await readersOf(trx, one.addresses, settings);
  const mails = [...(await problemMails(deps, trx, { one, notice, readers, now }))];
  if (one.connection.settings.notify.when === 'each')
    mails.push(...(await runMails(deps, trx, { one, notice, readers, now })));
  await queueMails(trx, mails, now);
  return mails.length;
}

const JUST_SAVED_MS = 60_000;

/** This connection's row, for us alone. null: another process is at it. What people want has changed: it begins anew. */
async function lockNotice(
  trx: Trx,
  connection: Connection,
  settings: InstanceSettings,
  now: number,
): Promise<Notice | null> {
  const mode = connection.settings.notify.when;
  const first = firstDigestDay(now, settings.timeZone);
  // Somebody has just wished for it, in the moment of saving, a few seconds before we look.
  const since = Math.max(connection.updatedAt, now - JUST_SAVED_MS);
  await sql`insert into notices (connection_id, mode, since, digest_day) values (${connection.id}, ${mode}, ${since}, ${first})
            on conflict (connection_id) do nothing`.execute(trx);
  const locked = await sql<Notice & { readonly mode: string }>`
    select mode, since, gathered_at, digest_day, problem, problem_at from notices where connection_id = ${connection.id}
       for update skip locked`.execute(trx);
  const [row] = locked.rows;
  if (row === undefined || row.mode === mode) return row ?? null;
  await sql`update notices set mode = ${mode}, since = ${since}, digest_day = ${first} where connection_id = ${connection.id}`.execute(
    trx,
  );
  return { ...row, since, digest_day: first };
}

interface Telling {
  readonly one: Subscription;
  readonly notice: Notice;
  readonly readers: readonly Reader[];
  readonly now: number;
}

/** Once when it stops, once when it works again. */
async function problemMails(
  deps: ReportDeps,
  trx: Trx,
  { one, notice, readers, now }: Telling,
): Promise<readonly QueuedMail[]> {
  const { connection, crm } = one;
  const verdict = problemOf(connection, now);
  const input = { baseUrl: deps.baseUrl, now, connection: connection.name, crm };
  const note = (problem: Problem | null) =>
    sql`update notices set problem = ${problem?.key ?? null}, problem_at = ${problem?.since ?? null} where connection_id = ${connection.id}`.execute(
      trx,
    );
  if (!connection.enabled && notice.problem !== null) await note(null);
  if (verdict === 'unknown') return [];
  if (verdict === 'fine') {
    if (notice.problem === null) return [];
    await note(null);
    return readers.map((reader) =>
      toMail(deps, 'sync-recovered', reader, writeRecovery({ ...input, reader }, notice.problem_at ?? now)),
    );
  }
  if (!isWorthTelling(notice.problem, verdict)) return [];
  await note(verdict);
  return readers.map((reader) => toMail(deps, 'sync-problem', reader, writeProblem({ ...input, reader }, verdict)));
}

/** At most one mail about form and webhook runs in this time. */
const GATHER_MS = 15 * 60_000;
/** A run that ended a moment before we looked may be committed a moment after. */
const LATE_MS = 60_000;
const QUICK = new Set(['form', 'webhook']);

async function runMails(deps: ReportDeps, trx: Trx, telling: Telling): Promise<readonly QueuedMail[]> {
  const { one, notice, now } = telling;
  const { ended, open } = await readUnreported(trx, one.connection.id, notice.since);
  const whole = ended.filter((run) => !open.has(run.batch));
  const quick = whole.filter((run) => QUICK.has(run.trigger) && didSomething(run));
  const isTime = quick.length > 0 && now - notice.gathered_at >= GATHER_MS;
  const batches = Map.groupBy(
    whole.filter((run) => !QUICK.has(run.trigger)),
    (run) => run.batch,
  );
  const reports = [...batches.values()].filter(isWorthAMail);
  if (isTime) reports.push(quick);
  const mails: QueuedMail[] = [];
  for (const runs of reports) mails.push(...(await reportMails(deps, trx, { ...telling, runs })));
  const told = new Set(reports.flat().map((run) => run.id));
  const waiting = [...ended.filter((run) => open.has(run.batch)), ...quick.filter((run) => !told.has(run.id))];
  // Never beyond a run that still waits to be told.
  const since = Math.min(now - LATE_MS, ...waiting.map((run) => run.endedAt));
  await sql`update notices set since = greatest(since, ${since}::bigint), gathered_at = ${isTime ? now : notice.gathered_at}
             where connection_id = ${one.connection.id}`.execute(trx);
  return mails;
}

/** A synchronisation by the clock that found nothing to do is no news; one that somebody asked for is answered. */
const isWorthAMail = (runs: readonly EndedRun[]): boolean =>
  runs.some(didSomething) ||
  (runs.every((run) => run.status === 'succeeded') && runs.some((run) => run.trigger !== 'schedule'));

async function reportMails(
  deps: ReportDeps,
  trx: Trx,
  { one, readers, now, runs }: Telling & { readonly runs: readonly EndedRun[] },
): Promise<readonly QueuedMail[]> {
  const write = await preparePart(deps, trx, { one, runs, problem: null });
  return readers.map((reader) =>
    toMail(
      deps,
      'sync-report',
      reader,
      writeReport({ kind: 'run', reader, baseUrl: deps.baseUrl, now, parts: [write(reader)] }),
    ),
  );
}

/** Marks the runs as reported, reads what they left to do, and writes it for each reader. */
async function preparePart(
  deps: ReportDeps,
  trx: Trx,
  {
    one,
    runs,
    problem,
  }: { readonly one: Subscription; readonly runs: readonly EndedRun[]; readonly problem: Problem | null },
): Promise<(reader: Reader) => Part> {
  const reportId = deps.ids.next('rpt');
  await markReported(trx, runs, reportId);
  const tasks = await readTasks(trx, one.connection.id, runs);
  const label = deps.manifests.get(one.connection.crm)?.label ?? one.crm;
  return ({ locale }) => ({
    reportId,
    connection: one.connection.name,
    crm: one.crm,
    halves: toHalves(runs),
    tasks: tasks.rejections.map((rejection) => toTask(locale, label, rejection)),
    openTasks: tasks.open,
    heldConflicts: tasks.held,
    problem,
  });
}

/** At seven in the instance's zone: one mail for each reader about all the connections whose day they want. */
async function tellTheDay(
  deps: ReportDeps,
  trx: Trx,
  told: readonly Subscription[],
  settings: InstanceSettings,
): Promise<number> {
  const now = deps.clock.now();
  const due: { readonly one: Subscription; readonly write: (reader: Reader) => Part; readonly hasNews: boolean }[] = [];
  for (const one of told) {
    if (one.connection.settings.notify.when !== 'daily') continue;
    const notice = await lockNotice(trx, one.connection, settings, now);
    if (notice === null || !isDigestDue(now, settings.timeZone, notice.digest_day)) continue;
    const { ended, open } = await readUnreported(trx, one.connection.id, notice.since);
    const runs = ended.filter((run) => !open.has(run.batch));
    const since = Math.min(now - LATE_MS, ...ended.filter((run) => open.has(run.batch)).map((run) => run.endedAt));
    await sql`update notices set digest_day = ${localDay(now, settings.timeZone).day}, since = greatest(since, ${since}::bigint)
               where connection_id = ${one.connection.id}`.execute(trx);
    const verdict = problemOf(one.connection, now);
    const problem = typeof verdict === 'object' ? verdict : null;
    const write = await preparePart(deps, trx, { one, runs, problem });
    due.push({ one, write, hasNews: problem !== null || runs.some(didSomething) });
  }
  const readers = await readersOf(trx, [...new Set(due.flatMap(({ one }) => one.addresses))], settings);
  const mails = readers.flatMap((reader): readonly QueuedMail[] => {
    const mine = due.filter(({ one, hasNews }) => hasNews && one.addresses.includes(reader.address));
    if (mine.length === 0) return [];
    const parts = mine.map(({ write }) => write(reader));
    return [
      toMail(deps, 'sync-digest', reader, writeReport({ kind: 'digest', reader, baseUrl: deps.baseUrl, now, parts })),
    ];
  });
  await queueMails(trx, mails, now);
  return mails.length;
}

function toMail(deps: ReportDeps, kind: string, reader: Reader, message: Message): QueuedMail {
  return {
    id: deps.ids.next('ml'),
    kind,
    recipient: reader.address,
    subject: message.heading,
    ...renderMessage(message),
  };
}
