import { say } from '../api/messages/say.ts';
import type { Message } from '../mail/layout.ts';
import type { Problem } from './problem-of.ts';
import { moment, problemText, type Reader } from './words.ts';
import { configurationUrl, problemUrl } from './write-report.ts';

export interface ProblemInput {
  readonly reader: Reader;
  readonly baseUrl: string;
  readonly now: number;
  readonly connection: string;
  readonly crm: string;
}

const footer = ({ reader, baseUrl, connection }: ProblemInput): Message['footer'] => ({
  text: say(reader.locale, 'report.footer'),
  url: configurationUrl(baseUrl, connection),
});

/** The mail that says that a connection stands still: since when, why, what to do, and the way there. */
export function writeProblem(input: ProblemInput, problem: Problem): Message {
  const { reader, crm, now } = input;
  const { locale } = reader;
  const { why, todo } = problemText(locale, problem, crm);
  const waits = problem.params['run'] !== undefined;
  return {
    locale,
    heading: say(locale, 'report.problem.subject', { crm }),
    blocks: [
      { kind: 'text', text: say(locale, 'report.problem.text', { crm, since: moment(reader, problem.since, now) }) },
      { kind: 'task', text: why, todo },
      {
        kind: 'button',
        label: say(locale, waits ? 'report.problem.decide' : 'report.problem.open'),
        url: problemUrl(input.baseUrl, input.connection, problem),
      },
    ],
    footer: footer(input),
  };
}

/** The mail that says that it works again. */
export function writeRecovery(input: ProblemInput, since: number): Message {
  const { reader, crm, now } = input;
  const { locale } = reader;
  return {
    locale,
    heading: say(locale, 'report.recovered.subject', { crm }),
    blocks: [
      { kind: 'text', text: say(locale, 'report.recovered.text', { since: moment(reader, since, now) }) },
      {
        kind: 'button',
        label: say(locale, 'report.history'),
        url: `${input.baseUrl}/crm?${new URLSearchParams({ tab: 'history', connection: input.connection })}`,
      },
    ],
    footer: footer(input),
  };
}
