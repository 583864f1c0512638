import { say } from '../api/messages/say.ts';
import type { RunDirection } from '../core/model.ts';
import type { Block, Figure, Message } from '../mail/layout.ts';
import type { Problem } from './problem-of.ts';
import { dayName, figure, moment, plural, problemText, type Reader } from './words.ts';

/** One direction of what is reported. */
export interface Half {
  readonly direction: RunDirection;
  readonly runs: number;
  /** Of exactly one run: its id, so that the figures open it. */
  readonly runId: string | null;
  readonly created: number;
  readonly updated: number;
  readonly rejected: number;
  readonly from: number;
  readonly to: number;
  /** Why it ended before its end. */
  readonly stopped: Pick<Problem, 'key' | 'params'> | null;
}

/** Somebody who could not be synchronised: in words, and what to do. */
export interface Task {
  readonly text: string;
  readonly todo: string;
}

/** What is reported of one connection. */
export interface Part {
  readonly reportId: string;
  /** Its name in addresses. */
  readonly connection: string;
  /** What people call it: the CRM's name, or its own where there are several of one CRM. */
  readonly crm: string;
  readonly halves: readonly Half[];
  /** Open rejections of these runs, at most three, in the reader's language. */
  readonly tasks: readonly Task[];
  readonly openTasks: number;
  readonly heldConflicts: number;
  /** What stops it while the report is written. */
  readonly problem: Problem | null;
}

export interface ReportInput {
  readonly kind: 'run' | 'digest';
  readonly reader: Reader;
  readonly baseUrl: string;
  readonly now: number;
  readonly parts: readonly Part[];
}

const OUTCOMES = ['created', 'updated', 'rejected'] as const;
const TONE = { created: 'good', updated: 'plain', rejected: 'attention' } as const;

/** The mail about one or more synchronisations; its subject is its first line. */
export function writeReport(input: ReportInput): Message {
  const { reader, parts, baseUrl } = input;
  const sum = (outcome: (typeof OUTCOMES)[number]): number =>
    parts.reduce((total, part) => total + part.halves.reduce((inner, half) => inner + half[outcome], 0), 0);
  return {
    locale: reader.locale,
    heading: subject(input, { created: sum('created'), updated: sum('updated'), rejected: sum('rejected') }),
    blocks: parts.flatMap((part, index) => [
      ...(index === 0 ? [] : [{ kind: 'divider' } as const]),
      ...partBlocks(input, part),
    ]),
    footer: {
      text: say(reader.locale, 'report.footer'),
      url: configurationUrl(baseUrl, parts.length === 1 ? parts[0]?.connection : undefined),
    },
  };
}

/** `HubSpot → Tandem: 12 new, 3 updated, 1 needs you` */
function subject(input: ReportInput, sums: Readonly<Record<(typeof OUTCOMES)[number], number>>): string {
  const { locale } = input.reader;
  const [first, ...more] = input.parts;
  const what = first === undefined || more.length > 0 ? 'Tandem' : between(input, first);
  const number = (outcome: (typeof OUTCOMES)[number]): string =>
    outcome === 'rejected' && sums.rejected === 0
      ? say(locale, 'report.rejected_none')
      : `${figure(locale, sums[outcome])} ${plural(locale, `report.${outcome}`, sums[outcome])}`;
  const params = { what, created: number('created'), updated: number('updated'), rejected: number('rejected') };
  return input.kind === 'run'
    ? say(locale, 'report.subject', params)
    : say(locale, 'report.subject.digest', { ...params, day: dayName(input.reader, input.now) });
}

/** Directions in which something happened; both where nothing did. */
function between({ reader }: ReportInput, part: Part): string {
  const busy = part.halves.filter((half) => half.created + half.updated + half.rejected > 0);
  const [only, ...more] = busy.length === 0 ? part.halves : busy;
  if (only === undefined || more.length > 0) return say(reader.locale, 'report.both', { crm: part.crm });
  return say(reader.locale, only.direction === 'toHub' ? 'report.toHub' : 'report.toCrm', { crm: part.crm });
}

function partBlocks(input: ReportInput, part: Part): Block[] {
  const { reader, now, baseUrl } = input;
  const { locale } = reader;
  const blocks: Block[] = part.halves.map((half) => halfBlock(input, part, half));
  for (const half of part.halves)
    if (half.stopped !== null)
      blocks.push({
        kind: 'text',
        text: say(locale, 'report.stopped_early', {
          why: Object.values(problemText(locale, half.stopped, part.crm)).join(' '),
        }),
      });
  if (part.problem !== null) {
    const { why, todo } = problemText(locale, part.problem, part.crm);
    const since = moment(reader, part.problem.since, now);
    blocks.push({ kind: 'task', text: say(locale, 'report.problem.digest', { crm: part.crm, since, why }), todo });
    blocks.push({
      kind: 'button',
      label: say(locale, 'report.problem.open'),
      url: problemUrl(baseUrl, part.connection, part.problem),
    });
  }
  blocks.push(...part.tasks.map((task): Block => ({ kind: 'task', ...task })));
  const more = part.openTasks - part.tasks.length;
  if (more > 0) blocks.push({ kind: 'small', text: plural(locale, 'report.more', more) });
  if (part.heldConflicts > 0)
    blocks.push({
      kind: 'link',
      label: plural(locale, 'report.conflicts', part.heldConflicts),
      url: `${baseUrl}/conflicts`,
    });
  if (part.openTasks > 0)
    blocks.push({
      kind: 'button',
      label: say(locale, part.openTasks === 1 ? 'report.fix' : 'report.fix_list'),
      url: `${baseUrl}/to-fix?connection=${encodeURIComponent(part.connection)}`,
    });
  return blocks;
}

function halfBlock(input: ReportInput, part: Part, half: Half): Block {
  const { reader, baseUrl, now } = input;
  const { locale } = reader;
  const figures = OUTCOMES.filter((outcome) => half[outcome] > 0).map(
    (outcome): Figure => ({
      value: figure(locale, half[outcome]),
      label: plural(locale, `report.${outcome}`, half[outcome]),
      url: listUrl(baseUrl, part, half, outcome),
      tone: TONE[outcome],
    }),
  );
  const from = moment(reader, half.from, now);
  const note =
    half.runs > 1
      ? plural(locale, 'report.runs', half.runs, { from, to: moment(reader, half.to, now) })
      : moment(reader, half.to, now);
  return {
    kind: 'figures',
    title: say(locale, half.direction === 'toHub' ? 'report.toHub' : 'report.toCrm', { crm: part.crm }),
    figures,
    note: figures.length === 0 ? `${say(locale, 'report.nothing')} ${note}` : note,
  };
}

/** The address of exactly the people behind a figure. */
function listUrl(baseUrl: string, part: Part, half: Half, outcome: string): string {
  const which = half.runId === null ? { report: part.reportId, direction: half.direction } : { run: half.runId };
  return `${baseUrl}/crm?${new URLSearchParams({ tab: 'history', connection: part.connection, ...which, outcome })}`;
}

export const configurationUrl = (baseUrl: string, connection: string | undefined): string =>
  `${baseUrl}/crm?${new URLSearchParams({ tab: 'configuration', ...(connection === undefined ? {} : { connection }) })}`;

/** Where the problem is dealt with: the run that waits, or the connection's own page. */
export function problemUrl(baseUrl: string, connection: string, problem: Problem): string {
  const run = problem.params['run'];
  return run === undefined
    ? configurationUrl(baseUrl, connection)
    : `${baseUrl}/crm?${new URLSearchParams({ tab: 'history', connection, run: String(run) })}`;
}
