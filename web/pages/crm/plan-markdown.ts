import type { TFunction } from 'i18next';
import { api, routes } from '../../api/client.ts';
import { number, percent, when } from '../../i18n.ts';
import { fieldText, shown, valueText } from './changes.tsx';
import type { Item, Run } from './queries.ts';
import { runTitle } from './run-line.tsx';

const PEOPLE_MAX = 500;
const OUTCOMES = ['created', 'updated', 'rejected'] as const;

const cell = (value: unknown): string => shown(value).replace(/\|/g, '\\|').replace(/\s+/g, ' ');

/** A plan as a ticket takes it: the numbers of each direction, then who, which field, from what to what, by which rule. */
export async function planMarkdown(t: TFunction, runs: readonly Run[]): Promise<string> {
  const [first] = runs;
  if (first === undefined) return '';
  const parts = [`## ${t('history.planOf', { name: first.connection })} (${when(first.createdAt, '')})`];
  for (const run of runs) parts.push(await half(t, run));
  return `${parts.join('\n\n')}\n`;
}

async function half(t: TFunction, run: Run): Promise<string> {
  const { counts } = run;
  const numbers = (['created', 'updated', 'rejected', 'unchanged', 'filtered', 'conflicts'] as const)
    .map((name) => `${number(counts[name])} ${t(`history.${name}`, { count: counts[name] })}`)
    .join(', ');
  const { cost: plan } = run;
  const share = plan?.ofDailyQuota == null ? '' : ` (${percent(plan.ofDailyQuota)})`;
  const calculated =
    plan === null || plan.calculated === 0 ? '' : `; ${t('history.planCalculated', { count: plan.calculated })}`;
  const cost = `${number(plan?.calls ?? run.apiCalls)} ${t('history.calls', { count: plan?.calls ?? run.apiCalls })}${share}${calculated}`;
  const rows: string[] = [];
  let left = 0;
  for (const outcome of OUTCOMES) {
    const { items } = await api(routes.items, { params: { id: run.id }, query: { outcome, limit: PEOPLE_MAX } });
    rows.push(...items.flatMap((item) => lines(t, item)));
    left += Math.max(0, counts[outcome] - items.length);
  }
  const head = [
    t('history.people'),
    '',
    t('history.field'),
    t('history.beforeValue'),
    t('history.afterValue'),
    t('history.rule'),
  ];
  const table =
    rows.length === 0
      ? t('history.planNothing')
      : [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n');
  const more = left === 0 ? '' : `\n\n… +${number(left)}`;
  return `### ${runTitle(t, run)}\n${numbers}; ${cost}\n\n${table}${more}`;
}

function lines(t: TFunction, item: Item): string[] {
  const who = cell(item.email ?? item.name ?? item.crmId);
  const outcome = t(`history.${item.outcome}`);
  if (item.changes.length === 0) return [`| ${who} | ${outcome} | ${cell(item.message ?? item.reason ?? '')} | | | |`];
  return item.changes.map(
    (change) =>
      `| ${who} | ${outcome} | ${cell(fieldText(change.field))} | ${cell(valueText(change.field, change.from))} | ${cell(valueText(change.field, change.to))} | ${change.rule} |`,
  );
}

/** To the clipboard, also where the page has no secure address and the browser's own way is closed. */
export async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
