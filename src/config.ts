import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { isNetwork } from './platform/addresses.ts';

/** What the environment says; the only reader of `process.env` (surface.md, "Environment"). */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Public address without a trailing slash: cookies, the accepted origin, links. */
  readonly url: string;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly secretKey: string | undefined;
  readonly allowHosts: readonly string[];
  readonly allowPrivateHosts: boolean;
  /** Addresses of the proxies in front; empty: no forwarding header is believed. */
  readonly trustProxy: readonly string[];
  readonly quiet: boolean;
  /** How much of `POST /t` is taken in a minute; 0: no limit. */
  readonly track: { readonly postsPerAddress: number; readonly signs: number };
  readonly metricsToken: string | undefined;
  readonly outboundProxy: string | undefined;
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string | undefined;
  readonly logLevel: string;
}

/** For `${NAME}` in settings files. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;

/** A variable is wrong: the start stops with its name and what would be right. */
export class ConfigProblem extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigProblem';
  }
}

const list = z.string().transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''));
const flag = z.enum(['0', '1'], 'must be 1 or 0').transform((text) => text === '1');
const url = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be an http or https address, for instance https://tandem.example.com',
  )
  .refine((text) => !URL.canParse(text) || new URL(text).pathname === '/', 'must not hold a path')
  .transform((text) => text.replace(/\/$/, ''));

const amount = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number; 0 means no limit')
  .transform(Number);

/** `Name <address>` or `address`, on one line. */
const SENDER = /^\s*(?:"?[^"<>\r\n]*"?\s*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)\s*$/;

const VARIABLES = {
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number),
  HOST: z.string().min(1),
  TANDEM_URL: url,
  TANDEM_DATA: z.string().min(1),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must look like postgres://user:password@host/database'),
  TANDEM_SECRET_KEY: z
    .string()
    .refine(
      (text) => Buffer.from(text, 'base64').length === 32,
      'must be 32 bytes in base64, for instance from: openssl rand -base64 32',
    ),
  TANDEM_ALLOW_HOSTS: list,
  TANDEM_ALLOW_PRIVATE_HOSTS: flag,
  TANDEM_TRUST_PROXY: list.refine(
    (parts) => parts.every(isNetwork),
    'must be addresses or networks, for instance 10.0.0.1 or 10.0.0.0/8',
  ),
  TANDEM_QUIET: flag,
  TANDEM_TRACK_PER_ADDRESS: amount,
  TANDEM_TRACK_PER_MINUTE: amount,
  TANDEM_METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters'),
  TANDEM_OUTBOUND_PROXY: url,
  SMTP_URL: z
    .string()
    .refine(
      (text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname !== '',
      'must look like smtp://user:password@host:587',
    ),
  MAIL_FROM: z.string().regex(SENDER, 'must be an address, with or without a name: Tandem <tandem@example.com>'),
  LOG_LEVEL: z.enum(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'must be one of trace, debug, info, warn, error, fatal, silent',
  ),
} as const;
type Name = keyof typeof VARIABLES;
type Values = { readonly [K in Name]?: z.output<(typeof VARIABLES)[K]> };

/** Ours, but read by the tests and the command line alone. */
const ALSO_KNOWN = new Set(['TANDEM_TEST_REQUIRE', 'TANDEM_API_KEY']);

/** Every variable can be read from a file: `NAME_FILE`. @throws ConfigProblem naming each wrong variable. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = environment): Config {
  const problems: string[] = [];
  const values = Object.fromEntries(
    (Object.keys(VARIABLES) as Name[]).flatMap((name) => {
      const text = textOf(name, env, problems);
      if (text === undefined) return [];
      const parsed = VARIABLES[name].safeParse(text);
      if (parsed.success) return [[name, parsed.data]];
      problems.push(`${name} ${parsed.error.issues[0]?.message ?? 'is wrong'}.`);
      return [];
    }),
    // Each entry was parsed by its own schema above.
  ) as Values;
  for (const name of Object.keys(env))
    if (name.startsWith('TANDEM_') && !isKnown(name)) problems.push(`${name} is not known. ${nearest(name)}`);
  for (const [name, other] of [
    ['SMTP_URL', 'MAIL_FROM'],
    ['MAIL_FROM', 'SMTP_URL'],
  ] as const)
    if (values[name] !== undefined && values[other] === undefined && problems.length === 0)
      problems.push(
        `${other} is needed beside ${name}: without both, mails stay in the outbox that the product shows.`,
      );
  if (problems.length > 0) throw new ConfigProblem(problems);
  return toConfig(values);
}

function textOf(name: Name, env: Readonly<Record<string, string | undefined>>, problems: string[]): string | undefined {
  const direct = env[name];
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return direct === '' ? undefined : direct;
  if (!existsSync(file)) {
    problems.push(`${name}_FILE names a file that is not there: ${file}.`);
    return undefined;
  }
  return readFileSync(file, 'utf8').trim();
}

const isKnown = (name: string): boolean => name.replace(/_FILE$/, '') in VARIABLES || ALSO_KNOWN.has(name);
const nearest = (name: string): string => {
  const guess = Object.keys(VARIABLES).find(
    (known) =>
      known.startsWith('TANDEM_') && (known.startsWith(name.slice(0, 10)) || name.startsWith(known.slice(0, 10))),
  );
  return guess === undefined ? 'See docs/operating.md for the list.' : `Did you mean ${guess}?`;
};

function toConfig(values: Values): Config {
  const port = values.PORT ?? 4000;
  return {
    port,
    host: values.HOST ?? '127.0.0.1',
    url: values.TANDEM_URL ?? `http://localhost:${port}`,
    dataDir: values.TANDEM_DATA ?? './data',
    databaseUrl: values.DATABASE_URL,
    secretKey: values.TANDEM_SECRET_KEY,
    allowHosts: values.TANDEM_ALLOW_HOSTS ?? [],
    allowPrivateHosts: values.TANDEM_ALLOW_PRIVATE_HOSTS ?? false,
    trustProxy: values.TANDEM_TRUST_PROXY ?? [],
    quiet: values.TANDEM_QUIET ?? false,
    track: {
      postsPerAddress: values.TANDEM_TRACK_PER_ADDRESS ?? 1_200,
      signs: values.TANDEM_TRACK_PER_MINUTE ?? 120_000,
    },
    metricsToken: values.TANDEM_METRICS_TOKEN,
    outboundProxy: values.TANDEM_OUTBOUND_PROXY,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM,
    logLevel: values.LOG_LEVEL ?? 'warn',
  };
}
