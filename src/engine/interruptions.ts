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

/** So many deletions at once are rarely meant (R40). */
export class MassDeletion extends Error {
  readonly deleted: number;
  readonly linked: number;

  constructor(deleted: number, linked: number) {
    super(`${deleted} of ${linked} linked records turned up deleted`);
    this.name = 'MassDeletion';
    this.deleted = deleted;
    this.linked = linked;
  }
}

/** Somebody asked the run to stop; it ends at a page's border. */
export class Cancelled extends Error {
  constructor() {
    super('the run was cancelled');
    this.name = 'Cancelled';
  }
}
