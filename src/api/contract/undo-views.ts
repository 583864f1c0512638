import { z } from 'zod';
import { LEFT_WHYS } from '../../core/undo.ts';

/** What an undo takes back, and what it found. Its counts: `created` persons or records that the other run had made and that go. */
export const undoView = z.object({
  /** The run that is taken back. */
  of: z.string(),
  /** A person ticked that records which the run made in the CRM are deleted there. */
  deleteCreated: z.boolean(),
  /** Values that go back. */
  fields: z.number(),
  /** Persons or records that the run had made and that go. */
  removed: z.number(),
  /** What is left alone, by why. */
  left: z.partialRecord(z.enum(LEFT_WHYS), z.number()),
  /** People of whom something is left alone. */
  leftPeople: z.number(),
});
