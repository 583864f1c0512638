import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EmulatedPerson, Emulator } from './emulator.ts';

/** One documented or recorded exchange. */
const exchangeSchema = z.strictObject({
  what: z.string(),
  request: z.strictObject({
    method: z.string(),
    /** `{{0}}` is the first seeded person's id at the vendor, `{{name}}` a word of the connector's test. */
    path: z.string(),
    headers: z.record(z.string(), z.string()).optional(),
    json: z.unknown().optional(),
    text: z.string().optional(),
    /** As a stranger: without the session. */
    anonymous: z.boolean().optional(),
  }),
  answer: z.strictObject({
    status: z.number(),
    /** A part of each header's value. */
    headers: z.record(z.string(), z.string()).optional(),
    /** null: no body at all. */
    body: z.unknown(),
  }),
});
const recordingSchema = z.strictObject({
  /** Where the vendor, or whoever recorded it, says so. */
  source: z.string().min(20),
  people: z.array(z.record(z.string(), z.union([z.string(), z.boolean()]))).optional(),
  kind: z.enum(['lead', 'contact']).optional(),
  exchanges: z.array(exchangeSchema).min(1),
});
type Exchange = z.infer<typeof exchangeSchema>;

export interface RecordingOptions {
  /** `import.meta.url` of the connector's test; recordings stand in `fixtures/` beside it. */
  readonly at: string;
  readonly open: () => Emulator;
  readonly url: string;
  /** Headers of a caller who is signed in. */
  readonly session: (
    emulator: Emulator,
  ) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  /** The vendor's own id of a record; default: ours. */
  readonly vendorId?: (id: string) => string;
  /** What stands for `{{name}}` in a request: credentials of this emulator. */
  readonly words?: Readonly<Record<string, string>>;
}

/**
 * The emulator answers what the vendor documents, or somebody recorded: the same status, the same keys, the same types.
 * A key `…` in a recorded object says that it was cut: there may be more. A recorded null may be anything.
 */
export function answersAlike(id: string, options: RecordingOptions): void {
  const folder = fileURLToPath(new URL('fixtures/', options.at));
  const files = globSync('*.json', { cwd: folder }).toSorted();
  describe(`recordings of ${id}`, () => {
    test('there are some', () => expect(files.length).toBeGreaterThan(0));
    for (const file of files) {
      const recording = recordingSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      for (const exchange of recording.exchanges)
        test(`[C36] ${basename(file, '.json')}: ${exchange.what}`, async () => {
          const emulator = options.open();
          const people: readonly EmulatedPerson[] = recording.people ?? [];
          const ids = emulator.world.seed(people, recording.kind ?? 'lead').map(options.vendorId ?? ((one) => one));
          expect(await differences(exchange, { ...options, emulator, ids })).toEqual([]);
        });
    }
  });
}

async function differences(
  { request, answer }: Exchange,
  {
    emulator,
    ids,
    url,
    session,
    words,
  }: RecordingOptions & { readonly emulator: Emulator; readonly ids: readonly string[] },
): Promise<readonly string[]> {
  const filled = (text: string): string =>
    text.replace(/\{\{(\w+)\}\}/g, (_, word: string) => words?.[word] ?? ids[Number(word)] ?? '');
  const body = request.json === undefined ? request.text : JSON.stringify(request.json);
  const response = await emulator.request(`${url}${filled(request.path)}`, {
    method: request.method,
    headers: {
      accept: 'application/json',
      ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.anonymous === true ? {} : await session(emulator)),
      ...request.headers,
    },
    ...(body === undefined ? {} : { body: filled(body) }),
  });
  const text = await response.text();
  const wrong: string[] = [];
  if (response.status !== answer.status) wrong.push(`status: ${response.status} instead of ${answer.status}`);
  for (const [name, part] of Object.entries(answer.headers ?? {}))
    if (!(response.headers.get(name) ?? '').includes(part)) wrong.push(`header ${name}: ${response.headers.get(name)}`);
  if (answer.body === null) return text === '' ? wrong : [...wrong, 'body: there should be none'];
  return [...wrong, ...unlike(answer.body, parsed(text), '')];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const CUT = '…';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** What is otherwise in the emulated answer, by path. */
export function unlike(recorded: unknown, emulated: unknown, path: string): string[] {
  if (recorded === null) return emulated === undefined ? [`${path}: missing`] : [];
  if (typeOf(recorded) !== typeOf(emulated))
    return [`${path || '(the whole)'}: ${typeOf(emulated)} instead of ${typeOf(recorded)}`];
  if (Array.isArray(recorded) && Array.isArray(emulated)) {
    if (recorded.length === 0) return [];
    if (emulated.length === 0) return [`${path}: empty`];
    return emulated.flatMap((item, index) => unlike(recorded[Math.min(index, recorded.length - 1)], item, `${path}[]`));
  }
  if (isObject(recorded) && isObject(emulated)) {
    const wanted = Object.keys(recorded).filter((key) => key !== CUT);
    const more = CUT in recorded ? [] : Object.keys(emulated).filter((key) => !wanted.includes(key));
    return [
      ...wanted.flatMap((key) => unlike(recorded[key], emulated[key], `${path}.${key}`)),
      ...more.map((key) => `${path}.${key}: not in the recording`),
    ];
  }
  if (typeof recorded === 'string' && typeof emulated === 'string') {
    const form = FORMS.find(([, pattern]) => pattern.test(recorded));
    if (form !== undefined && emulated !== '' && !form[1].test(emulated))
      return [`${path}: no ${form[0]}: ${emulated}`];
  }
  return [];
}

/** Texts that are more than texts. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['date in milliseconds', /^\/Date\(-?\d+([+-]\d{4})?\)\/$/],
  ['time with offset', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/],
  ['date', /^\d{4}-\d\d-\d\d$/],
  ['number as text', /^-?\d+(\.\d+)?$/],
  ['UUID', /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i],
  ['address', /^https?:\/\//],
];
