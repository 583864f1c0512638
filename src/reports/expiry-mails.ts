import { sql } from 'kysely';
import { isMessage, localeOf, say } from '../api/messages/say.ts';
import { type Connection, listConnections } from '../engine/connection.ts';
import type { Trx } from '../store/db.ts';
import { readInstanceSettings } from '../store/instance-settings.ts';
import { queueMails } from '../store/outbox.ts';
import { isQuiet } from '../store/quiet.ts';
import type { ReportDeps } from './send-reports.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Days ahead of the end at which administrators are told, each once. */
const STEPS = [14, 3, 0] as const;

interface Ending {
  readonly code: string;
  readonly date: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/**
 * Tells every administrator 14, 3 and 0 days before something that a preflight found ends: a certificate, credentials, the
 * CRM itself. The mail is queued in the transaction that records that it was said. @returns how many mails.
 */
export async function mailExpiries(deps: ReportDeps): Promise<number> {
  if (await isQuiet(deps.store.db)) return 0;
  let mails = 0;
  for (const connection of await listConnections(deps.store.db)) {
    if (!connection.enabled) continue;
    for (const ending of endingsOf(connection)) {
      const step = stepOf(ending.date, deps.clock.now());
      if (step !== null) mails += await deps.store.transaction((trx) => tell(deps, trx, { connection, ending, step }));
    }
  }
  return mails;
}

/** What the last preflight said about ends. */
function endingsOf(connection: Connection): readonly Ending[] {
  return (connection.checked?.findings ?? []).flatMap((finding) => {
    const { date } = finding.params;
    return typeof date === 'string' && /^\d{4}-\d\d-\d\d$/.test(date)
      ? [{ code: finding.code, date, params: finding.params }]
      : [];
  });
}

/** The nearest of the steps that has come; null: not yet. Days are counted in UTC. */
function stepOf(date: string, now: number): number | null {
  const days = Math.ceil((Date.parse(`${date}T00:00:00Z`) - Math.floor(now / DAY_MS) * DAY_MS) / DAY_MS);
  return [...STEPS].reverse().find((step) => days <= step) ?? null;
}

async function tell(
  deps: ReportDeps,
  trx: Trx,
  { connection, ending, step }: { readonly connection: Connection; readonly ending: Ending; readonly step: number },
): Promise<number> {
  const topic = `${ending.code}:${ending.date}:${step}`;
  const said = await sql<{ topic: string }>`
    insert into said (connection_id, topic, at) values (${connection.id}, ${topic}, ${deps.clock.now()}) on conflict do nothing returning topic`.execute(
    trx,
  );
  if (said.rows.length === 0) return 0;
  const admins = await sql<{ email: string; locale: string | null }>`
    select email, locale from "user" where role = 'admin' and "deactivatedAt" is null order by email`.execute(trx);
  const { locale: home } = await readInstanceSettings(trx);
  const mails = admins.rows.map(({ email, locale }) => {
    const language = localeOf(locale ?? home);
    const about = (key: string): string => (isMessage(key) ? say(language, key, ending.params) : '');
    const params = {
      name: connection.name,
      date: ending.date,
      finding: about(`finding.${ending.code}`),
      todo: about(`finding_todo.${ending.code}`),
      link: `${deps.baseUrl}/crm?tab=${encodeURIComponent(connection.name)}`,
    };
    return {
      id: deps.ids.next('ml'),
      kind: 'expiry',
      recipient: email,
      subject: say(language, 'mail.expiry.subject', params),
      html: null,
      text: say(language, 'mail.expiry.text', params),
    };
  });
  await queueMails(trx, mails, deps.clock.now());
  return mails.length;
}
