/**
 * `npm run bench`: a first import, a first export and a no-change run beside a bare loop, on both databases (`sync.ts`), forms
 * from a real browser to an emulated CRM (`forms.ts`), a CSV list counted, imported and undone (`imports.ts`), and visitors' signs
 * a second (`visits.ts`), and what exports wait for when each call to the CRM takes its time (`waiting.ts`).
 */
import { measureForms } from './forms.ts';
import { measureImports } from './imports.ts';
import { measureSync } from './sync.ts';
import { measureVisits } from './visits.ts';
import { measureWaiting } from './waiting.ts';

/** `npm run bench -- forms 20 50000`: one part alone; without a name all of them. */
const [part, ...sizes] = process.argv.slice(2);
const wants = (name: string): boolean => part === undefined || part === name;
if (wants('sync')) await measureSync({ leads: Number(sizes[0] ?? 18_484), exported: Number(sizes[1] ?? 10_000) });
if (wants('forms')) await measureForms({ forms: Number(sizes[0] ?? 40), backfill: Number(sizes[1] ?? 50_000) });
if (wants('imports')) await measureImports(Number(sizes[0] ?? 100_000));
if (wants('visits')) await measureVisits({ perSecond: Number(sizes[0] ?? 1_000) });
if (wants('waiting')) await measureWaiting(Number(sizes[0] ?? 5_000));
