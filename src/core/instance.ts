/** What the instance as a whole is set to; every part has a default, so that a new one needs no form. */
export interface InstanceSettings {
  /** Whose instance this is; empty: nobody has said. */
  readonly company: string;
  /** IANA name: days, digests and times on the screen of people who set none of their own. */
  readonly timeZone: string;
  /** Language of mails and reports to people who set none of their own. */
  readonly locale: 'en' | 'fr';
  readonly retention: Retention;
  /** Origins of the sites that our scripts and forms stand on, e.g. `https://www.example.com`. */
  readonly sites: readonly string[];
  readonly score: ScoreSettings;
}

/** How long things are kept (R39). Field history stays as long as its contact. */
export interface Retention {
  /** Days of runs and what they did. */
  readonly runs: number;
  readonly events: number;
  /** Days of visits by somebody who never became known. */
  readonly visitors: number;
  /** Months that a visitor's cookie lives. */
  readonly cookieMonths: number;
  readonly outbox: number;
  readonly audit: number;
}

export interface ScoreSettings {
  /** The score from which on somebody is in a phase; `discovery` begins at 0. */
  readonly phases: { readonly evaluation: number; readonly purchase: number };
  /** null: points of events stay. */
  readonly decay: Decay | null;
}

/** Points of an event lose `percent` of what they were with every `days` that pass since it happened. */
export interface Decay {
  readonly days: number;
  readonly percent: number;
}

export const INSTANCE_DEFAULTS: InstanceSettings = {
  company: '',
  timeZone: 'UTC',
  locale: 'en',
  retention: { runs: 400, events: 400, visitors: 90, cookieMonths: 13, outbox: 90, audit: 730 },
  sites: [],
  score: { phases: { evaluation: 20, purchase: 40 }, decay: null },
};

export const PHASES = ['discovery', 'evaluation', 'purchase'] as const;
export type Phase = (typeof PHASES)[number];

/** The phase that a score stands for (R23: crossing one is told to the CRM at once). */
export const phaseOf = (score: number, phases: ScoreSettings['phases']): Phase =>
  score >= phases.purchase ? 'purchase' : score >= phases.evaluation ? 'evaluation' : 'discovery';

/** A part of the settings as it is saved: what is absent stays as it is. */
export interface InstancePatch {
  readonly company?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly locale?: 'en' | 'fr' | undefined;
  readonly retention?: { readonly [K in keyof Retention]?: Retention[K] | undefined } | undefined;
  readonly sites?: readonly string[] | undefined;
  readonly score?:
    | { readonly phases?: ScoreSettings['phases'] | undefined; readonly decay?: Decay | null | undefined }
    | undefined;
}

const defined = <T extends object>(part: T | undefined): Partial<T> =>
  // Only keys that were given are laid over.
  Object.fromEntries(Object.entries(part ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;

export const withPatch = (settings: InstanceSettings, patch: InstancePatch): InstanceSettings => ({
  company: patch.company ?? settings.company,
  timeZone: patch.timeZone ?? settings.timeZone,
  locale: patch.locale ?? settings.locale,
  retention: { ...settings.retention, ...(defined(patch.retention) as Partial<Retention>) },
  sites: patch.sites ?? settings.sites,
  score: {
    phases: patch.score?.phases ?? settings.score.phases,
    decay: patch.score?.decay === undefined ? settings.score.decay : patch.score.decay,
  },
});
