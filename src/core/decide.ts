import type {
  ConflictPolicy,
  ConsentState,
  Fault,
  FieldSchema,
  Fields,
  LineKey,
  MappingLine,
  Shadow,
  Side,
  Value,
} from './model.ts';

/**
 * A value brought from one side's form to the other's, or why that cannot be done. Never a guess (R20).
 * `fault` null: the line leaves this value out, as its mapping says (R21).
 */
export type Converted =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: Fault | null };

/** A hub list value that is not in the list yet. */
export interface AddedValue {
  readonly key: string;
  readonly label: string;
}

/**
 * How one line carries values. Total and pure. `addsValues`: converted hub list values that are not in the hub's list yet
 * and that the line adds (R21): the caller adds them in the same transaction.
 */
export interface LineCodec {
  toHub(crm: Value): Converted & { readonly addsValues?: readonly AddedValue[] };
  toCrm(hub: Value): Converted;
  /** What the hub would get back after this CRM stored `hub`: `toHub(toCrm(hub))`; itself where it cannot be converted. */
  roundTrip(hub: Value): Value;
  /** What a side shall hold: `value`, beside what it holds already and this line leaves out (R21). */
  beside(side: Side, value: Value, present: Value): Value;
  /** The line's default in the CRM's form: an option's id, a number, a yes or no; null: it has none (R20b). */
  readonly standIn: Value;
  sameHub(a: Value, b: Value): boolean;
  sameCrm(a: Value, b: Value): boolean;
}

/** A mapping line ready to be used: bound to both schemas, with its codec. Made by `bindLines` (`mapping.ts`). */
export interface BoundLine {
  readonly key: LineKey;
  readonly line: MappingLine;
  readonly hubField: FieldSchema;
  readonly crmField: FieldSchema;
  readonly codec: LineCodec;
  readonly conflict: ConflictPolicy;
}

/** Why a line is held on a link: nothing flows on it until it is released. */
export interface Hold {
  readonly why: 'ask' | 'undone' | 'tug_of_war' | 'resubscribe';
  readonly hub: Value;
  readonly crm: Value;
  /** Of `undone`: the undo that holds it (R38). */
  readonly run?: string | undefined;
}

/** One link's two sides, at the moment of a decision. */
export interface Meeting {
  readonly lines: readonly BoundLine[];
  /** `{}` at a first meeting (R5). */
  readonly shadow: Shadow;
  readonly hub: {
    readonly fields: Fields;
    /** When a person entered the value (R4, R9), ms; null or absent: not known. */
    readonly dates: Readonly<Record<string, number | null>>;
    /** R10c: normalised addresses that are this person's beside the main one. */
    readonly otherEmails?: ReadonlySet<string>;
  };
  readonly crm: {
    readonly fields: Fields;
    /** ms, by the CRM's clock; null: the CRM does not tell, or it is only our own last write. */
    readonly modifiedAt: number | null;
    /** Per CRM field, where the CRM has field history. */
    readonly fieldDates?: Readonly<Record<string, number>>;
  };
  /** CRM clock minus our clock, ms; 0 unless above five seconds (R4). */
  readonly skewMs: number;
  /** The CRM's own resolution of times, ms: dates closer than this are a tie. */
  readonly resolutionMs: number;
  readonly holds: Readonly<Record<LineKey, Hold>>;
  /** R48: lines that went back and forth too often of late. */
  readonly tugs?: ReadonlySet<LineKey>;
  /** R12: a contact belongs to sales. `system`: only system fields may be written; `none`: nothing but R8; `all`. */
  readonly crmWrites: 'all' | 'system' | 'none';
  /** R19: nothing flows but R8. */
  readonly frozen: boolean;
  /** R7: a full run puts right what was changed on the target side of a one-way line. */
  readonly full?: boolean;
  /** R46: opt-out was lifted by a proven act after the shadow; the one opt-in that may be carried to the CRM. */
  readonly optOutLiftedAt?: number;
  /** R8a: the latest record of each purpose, for lines that carry one. */
  readonly consents?: Readonly<Record<string, ConsentState>>;
  /** R23: keys of calculated hub fields that may not make the record urgent; sent only with other fields or when due. */
  readonly lazy?: { readonly keys: readonly string[]; readonly due: boolean };
}

/** One field to be written to one side, with all that settling and explaining need. */
export interface FieldWrite {
  readonly key: LineKey;
  readonly to: Side;
  /** Field key on the side written to. */
  readonly field: string;
  /** What that side holds now. */
  readonly before: Value;
  /** What it shall hold, in that side's form. */
  readonly value: Value;
  /** The source side's value that this decision was made on. */
  readonly source: Value;
  /** The rule that decided, e.g. `R4`. */
  readonly rule: string;
  /** When the source value was entered, ms; null: not known. Becomes the hub value's origin date. */
  readonly sourceAt: number | null;
  readonly addsValues?: readonly AddedValue[];
}

/** Both sides changed one field differently; kept whatever happens to it (R4). */
export interface ConflictFound {
  readonly key: LineKey;
  readonly hubField: string;
  readonly crmField: string;
  readonly hub: Value;
  readonly crm: Value;
  readonly hubAt: number | null;
  readonly crmAt: number | null;
  /** null: held until a person decides. */
  readonly winner: Side | null;
  readonly why:
    | 'latest'
    | 'tie'
    | 'policy'
    | 'ask'
    | 'direction'
    | 'resubscribe'
    | 'first_meeting'
    | 'opt_out'
    | 'tug_of_war';
}

export interface Decision {
  readonly toHub: readonly FieldWrite[];
  readonly toCrm: readonly FieldWrite[];
  /** Lines on which both sides agree now: the shadow becomes these values (R2). */
  readonly agreed: readonly { readonly key: LineKey; readonly hub: Value; readonly crm: Value }[];
  readonly conflicts: readonly ConflictFound[];
  /** Held lines that close by themselves: sides agree, or one returned to the shadow (R4c). */
  readonly released: readonly LineKey[];
  /** Values that cannot be carried, by line. */
  readonly faults: readonly {
    readonly key: LineKey;
    readonly to: Side;
    readonly fault: Fault;
    readonly value: Value;
  }[];
}
