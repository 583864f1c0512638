import { type Kind, type LineKey, lineKey, type MappingLine } from './model.ts';

/** What of a connection's settings decides which values are carried, and whose. */
export interface Carrying {
  readonly mappings: readonly MappingLine[];
  readonly exports: boolean;
  /** R12: system fields may be written on contacts. */
  readonly systemFieldsOnContacts: boolean;
}

/** A line that carries something since a save that it did not carry before, or carries it otherwise (R36). */
export interface ChangedLine {
  readonly key: LineKey;
  readonly kind: Kind;
  readonly hub: string;
  /** The hub may get other values: the record has to be looked at. */
  readonly toHub: boolean;
  /** The CRM may. */
  readonly toCrm: boolean;
  /** The line itself was made, switched on, changed or let out to contacts (R12), not only the export as a whole. */
  readonly edited: boolean;
  /** R8 flows for frozen people, too. */
  readonly optOut: boolean;
  /** Values are translated otherwise: what agreed before may not agree any more. */
  readonly translates: boolean;
  /** Only who was refused can be concerned (a new default, unknown values that are added), and whose value is translated otherwise. */
  readonly refusedOnly: boolean;
}

const SYSTEM = new Set(['url', 'score', 'status', 'source']);

/** Opt-outs and withdrawals flow for frozen people and for contacts, too (R8, R8a). */
const isPermission = (line: MappingLine): boolean => line.optOut === true || line.consent !== undefined;

/** Which ways a line carries under these settings (R7, R8, R12). */
function ways(line: MappingLine | undefined, settings: Carrying): { readonly toHub: boolean; readonly toCrm: boolean } {
  if (line === undefined || line.enabled === false) return { toHub: false, toCrm: false };
  const reachesContacts =
    isPermission(line) || (settings.systemFieldsOnContacts && line.direction === 'toCrm' && SYSTEM.has(line.hub));
  return {
    toHub: line.direction !== 'toCrm',
    toCrm: settings.exports && line.direction !== 'toHub' && (line.kind !== 'contact' || reachesContacts),
  };
}

/** As text, whatever order the keys came in; absent and empty are one. */
const spelt = (value: unknown): string => {
  const text = JSON.stringify(value ?? null, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return text === '{}' || text === '[]' ? 'null' : text;
};

/** The lines for which a save leaves records that are not in line yet. Lines that were switched off or narrowed leave none. */
export function changedLines(before: Carrying, after: Carrying): readonly ChangedLine[] {
  const old = new Map(before.mappings.map((line) => [lineKey(line), line]));
  return after.mappings.flatMap((line): ChangedLine[] => {
    const was = old.get(lineKey(line));
    const now = ways(line, after);
    const then = ways(was, before);
    const isOn = was !== undefined && was.enabled !== false;
    const translates =
      isOn && (spelt(was.values) !== spelt(line.values) || spelt(was.leaveOut) !== spelt(line.leaveOut));
    const rules =
      isOn &&
      ((was.optOut === true) !== (line.optOut === true) ||
        spelt(was.consent) !== spelt(line.consent) ||
        (was.ignoreEmpty === true && line.ignoreEmpty !== true) ||
        // Nobody was told who holds a value that was left out: there is no list of them.
        (was.leaveOut ?? []).some((value) => line.leaveOut?.includes(value) !== true));
    const lifted =
      translates ||
      (isOn &&
        (spelt(was.default) !== spelt(line.default) ||
          (was.unknownValues === 'reject' && line.unknownValues !== 'reject')));
    const gained = { toHub: now.toHub && !then.toHub, toCrm: now.toCrm && !then.toCrm };
    const toHub = now.toHub && (rules || lifted || gained.toHub);
    const toCrm = now.toCrm && (rules || lifted || gained.toCrm);
    if (!toHub && !toCrm) return [];
    return [
      {
        key: lineKey(line),
        kind: line.kind,
        hub: line.hub,
        toHub,
        toCrm,
        // Where exporting was on already, only R12's switch lets a line gain the way out.
        edited: !isOn || spelt(was) !== spelt(line) || (gained.toCrm && before.exports),
        optOut: isPermission(line),
        translates,
        refusedOnly: lifted && !rules && !gained.toHub && !gained.toCrm,
      },
    ];
  });
}

/** Who takes part by the settings (R11). */
export interface TakingPart {
  readonly leads: boolean;
  readonly contacts: boolean;
  readonly contactFilter: { readonly enabled: boolean; readonly field: string; readonly value: unknown };
}

export interface ChangedFilter {
  /** People of these kinds may have come to take part, or ceased to (R19). */
  readonly kinds: readonly Kind[];
  /** Some who take part now were left out by the CRM's own query at the first load: only a full read finds them. */
  readonly needsFullRead: boolean;
}

/** Null: the save changed nobody's taking part. */
export function changedFilter(before: TakingPart, after: TakingPart, kinds: readonly Kind[]): ChangedFilter | null {
  const isOther = spelt(before.contactFilter) !== spelt(after.contactFilter);
  // Settings of a filter that is off mean nothing.
  const filtered = isOther && (before.contactFilter.enabled || after.contactFilter.enabled);
  const concerned = kinds.filter((kind) => {
    const [was, is] = kind === 'contact' ? [before.contacts, after.contacts] : [before.leads, after.leads];
    // Where there are no leads beside them the filter concerns everybody.
    return was !== is || (filtered && is && kind !== 'lead');
  });
  if (concerned.length === 0) return null;
  return { kinds: concerned, needsFullRead: filtered && after.contacts && before.contactFilter.enabled };
}
