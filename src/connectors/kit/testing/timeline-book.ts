import { keyIn } from '../timeline.ts';

/** An activity or note as an emulated CRM holds it. */
export interface EmulatedEntry {
  readonly id: string;
  readonly recordId: string;
  /** As the CRM was sent it, mark-up and all. */
  readonly text: string;
  readonly at: number;
}

/** The activities and notes of an emulated CRM, in the order in which they came. */
export class TimelineBook {
  #entries: EmulatedEntry[] = [];
  #lastId = 70_000;

  add(entry: Omit<EmulatedEntry, 'id'>): EmulatedEntry {
    this.#lastId += 1;
    const made = { ...entry, id: String(this.#lastId) };
    this.#entries.push(made);
    return made;
  }

  of(recordId: string): readonly EmulatedEntry[] {
    return this.#entries.filter((one) => one.recordId === recordId);
  }

  all(): readonly EmulatedEntry[] {
    return this.#entries;
  }

  get(id: string): EmulatedEntry | undefined {
    return this.#entries.find((one) => one.id === id);
  }

  /** Merged or converted: the winner has the loser's entries. */
  move(from: string, to: string): void {
    this.#entries = this.#entries.map((one) => (one.recordId === from ? { ...one, recordId: to } : one));
  }

  /** How often each of our keys stands here: once, or something was written twice. */
  keys(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { text } of this.#entries) {
      const key = keyIn(text);
      if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }
}
