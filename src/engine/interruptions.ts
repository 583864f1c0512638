import type { GuardReport } from './approval.ts';
import type { ItemEffect } from './page-effects.ts';

/** Another worker has this connection now: this one stops without a word (R35). */
export class LeaseLost extends Error {
  constructor() {
    super('another worker has taken over this connection');
    this.name = 'LeaseLost';
  }
}

/** Settings were saved meanwhile: the run takes them up and goes on (R36). */
export class SettingsChanged extends Error {
  constructor() {
    super('the settings were changed while the run was working');
    this.name = 'SettingsChanged';
  }
}

/** The run would change very much at once: it waits for a person, and nothing of it is written (R40, R50). */
export class MassChange extends Error {
  readonly report: GuardReport;
  readonly samples: readonly ItemEffect[];

  constructor(report: GuardReport, samples: readonly ItemEffect[]) {
    super(`the run would change more than ${report.max} records (${report.effects.join(', ')})`);
    this.name = 'MassChange';
    this.report = report;
    this.samples = samples;
  }
}

/** Somebody asked the run to stop; it ends at a page's border. */
export class Cancelled extends Error {
  constructor() {
    super('the run was cancelled');
    this.name = 'Cancelled';
  }
}
