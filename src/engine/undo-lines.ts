import type { LineKey } from '../core/model.ts';
import type { LinkState } from './page-state.ts';

/** A line's key is `kind:hub:crm`; a purpose's hub side has a colon of its own, and is never undone (R8). */
export const hubFieldOf = (line: LineKey): string => line.split(':')[1] ?? '';
export const crmFieldOf = (line: LineKey): string => line.split(':').slice(2).join(':');

/** The line on which a link's sides have met about this field of the CRM; undefined: none. */
export const lineOf = (link: LinkState, field: string): LineKey | undefined =>
  Object.keys(link.shadow).find((line) => line.startsWith(`${link.kind}:`) && crmFieldOf(line) === field);
