import { sql } from 'kysely';
import type { FieldWrite } from '../core/decide.ts';
import { TOGETHER } from '../core/decide-together.ts';
import {
  approvedRules,
  breakerRules,
  brokenRule,
  countOf,
  deletionRule,
  effectOf,
  MASS_EFFECTS,
  type MassCounts,
  type MassEffect,
  type MassRule,
  noMass,
} from '../core/mass-change.ts';
import type { Queryable } from '../store/db.ts';
import type { GuardReport } from './approval.ts';
import type { Connection } from './connection.ts';
import { type Counts, noCounts, sumCounts } from './counts.ts';
import { MassChange } from './interruptions.ts';
import type { ItemEffect, MassFound } from './page-effects.ts';
import type { Run, RunContext } from './run-context.ts';

const SAMPLES = 500;

/** Counts what a run is about to do, before it is written, and says when it is too much (R40, R50). */
export class MassGuard {
  readonly rules: readonly MassRule[];
  readonly linked: number;
  /** A preview that was looked at to its end: written page by page, up to what was approved. */
  readonly asYouGo: boolean;
  readonly #meetsAgain: boolean;
  readonly samples: ItemEffect[] = [];
  #mass = noMass();
  #would: Counts = noCounts();
  readonly #fields = new Map<string, { overwritten: number; blanked: number }>();
  readonly #known = new Set<string>();

  /** `meetsAgain`: pages bring records that earlier ones brought (R22), which are counted once. */
  constructor(input: {
    readonly rules: readonly MassRule[];
    readonly linked: number;
    readonly asYouGo: boolean;
    readonly meetsAgain: boolean;
  }) {
    this.rules = input.rules;
    this.linked = input.linked;
    this.asYouGo = input.asYouGo;
    this.#meetsAgain = input.meetsAgain;
  }

  /** Whether creates, overwrites or blanks are counted, not only what disappears in the CRM. */
  get countsChanges(): boolean {
    return this.rules.some((rule) => rule.effects.some((effect) => effect !== 'deleted' && effect !== 'unlinked'));
  }

  /** Whether these effects are counted by any rule. */
  isGuarded(found: readonly MassFound[]): boolean {
    return found.some((one) => this.rules.some((rule) => rule.effects.includes(one.effect)));
  }

  /** Adds what a page or batch would do. @throws MassChange when that is too much: nothing of it may be written. */
  add(found: readonly MassFound[], would: Counts, items: readonly ItemEffect[], waiting: () => number | null): void {
    const mass = { ...this.#mass };
    if (!this.#meetsAgain) this.#known.clear();
    for (const one of found) {
      const key = `${one.effect} ${one.subject}`;
      if (!this.#known.has(key)) mass[one.effect] += 1;
      this.#known.add(key);
      if (one.field !== null && (one.effect === 'overwritten' || one.effect === 'blanked')) {
        const field = this.#fields.get(one.field) ?? { overwritten: 0, blanked: 0 };
        field[one.effect] += 1;
        this.#fields.set(one.field, field);
      }
    }
    this.#mass = mass;
    this.#would = sumCounts(this.#would, would);
    this.samples.push(...items.slice(0, SAMPLES - this.samples.length));
    const broken = brokenRule(mass, this.rules);
    if (broken !== null) throw new MassChange(this.#report(broken, waiting()), this.samples);
  }

  #report(rule: MassRule, waiting: number | null): GuardReport {
    const fields = [...this.#fields].map(([field, lost]) => ({ field, ...lost }));
    return {
      reason: rule.reason,
      effects: rule.effects,
      over: MASS_EFFECTS.filter((effect) =>
        this.rules.some((one) => one.effects.includes(effect) && countOf(this.#mass, one.effects) > one.max),
      ),
      count: countOf(this.#mass, rule.effects),
      max: rule.max,
      linked: this.linked,
      waiting,
      would: this.#would,
      mass: this.#mass,
      fields: fields.sort((a, b) => b.overwritten + b.blanked - a.overwritten - a.blanked).slice(0, 20),
    };
  }
}

const UNWATCHED = new Set(['schedule', 'form', 'webhook']);

/** The guard of a run; null: none, since a preview writes nothing, and an undo only what its own preview has shown. */
export async function guardFor(q: Queryable, run: Run, connection: Connection): Promise<MassGuard | null> {
  if (run.dryRun || run.undo !== null) return null;
  const linked = await countLinked(q, connection.id);
  const { approval } = run;
  // Towards the CRM everybody is looked at once.
  const meetsAgain = run.direction === 'toHub';
  if (approval?.plan !== undefined)
    return new MassGuard({ rules: approvedRules(approval.plan), linked, asYouGo: true, meetsAgain });
  const rules = [
    deletionRule(linked),
    ...(UNWATCHED.has(run.trigger) ? breakerRules(connection.settings.breaker, linked) : []),
  ];
  const free = new Set(approval?.free ?? []);
  return new MassGuard({
    rules: rules.filter((rule) => !rule.effects.some((effect) => free.has(effect))),
    linked,
    asYouGo: false,
    meetsAgain,
  });
}

export async function countLinked(q: Queryable, connectionId: string): Promise<number> {
  const row = await sql<{ count: number }>`
    select count(*)::int as count from links where connection_id = ${connectionId} and role = 'primary' and state <> 'deleted'`.execute(
    q,
  );
  return row.rows[0]?.count ?? 0;
}

/** R23: what we calculate ourselves is nobody's loss; an opt-out goes before everything (R8). */
const isCounted = (ctx: RunContext, write: FieldWrite): boolean => {
  // What only goes along with another part of the same value loses nothing by itself.
  if (write.rule === TOGETHER) return false;
  for (const lines of Object.values(ctx.lines)) {
    const bound = lines.find((line) => line.key === write.key);
    if (bound !== undefined)
      return !bound.hubField.calculated && bound.line.optOut !== true && bound.line.consent === undefined;
  }
  return true;
};

/** What these writes of one record would lose, a line each. */
export const massOfWrites = (ctx: RunContext, subject: string, writes: readonly FieldWrite[]): MassFound[] =>
  writes.flatMap((write) => {
    const effect = isCounted(ctx, write) ? effectOf(write) : null;
    return effect === null ? [] : [{ effect, subject, field: write.field }];
  });

/** Whether a person said that this write shall not happen. */
export const isLeftOut = (ctx: RunContext, write: FieldWrite): boolean => {
  const leaveOut = ctx.run.approval?.leaveOut ?? [];
  if (leaveOut.length === 0) return false;
  const effect = isCounted(ctx, write) ? effectOf(write) : null;
  return effect !== null && leaveOut.includes(effect);
};

/** By effect, each record once: for the plan of a preview. */
export function tally(found: readonly MassFound[]): MassCounts {
  const subjects = new Set(found.map((one) => `${one.effect} ${one.subject}`));
  return Object.fromEntries(
    MASS_EFFECTS.map((effect) => [effect, [...subjects].filter((key) => key.startsWith(`${effect} `)).length]),
  ) as Record<MassEffect, number>;
}
