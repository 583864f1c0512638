/**
 * The words of the product as types: start reading here. `docs/glossary.md` defines them for people.
 *
 * hub         the built-in marketing database, one of the two sides
 * connection  one account in one CRM, with its settings
 * kind        `lead` or `contact`; a CRM without the split has one kind, `person`
 * record      one person as one side holds it
 * link        "this hub contact is that CRM record"
 * line        one field mapping
 * shadow      what each side held when they last agreed, per link and line
 * conflict    both sides changed the same field, differently
 * rejection   a value or a record that one side does not take
 */

export type Side = 'hub' | 'crm';
export const KINDS = ['lead', 'contact', 'person'] as const;
export type Kind = (typeof KINDS)[number];
/** Of a run: always one way. */
export type RunDirection = 'toHub' | 'toCrm';
/** Of a mapping line. */
export const DIRECTIONS = ['toHub', 'toCrm', 'both'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export const CONFLICT_POLICIES = ['latest', 'hub', 'crm', 'ask'] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

/**
 * A field's value on either side, in that side's own form. `null` is the one empty value (R20); an *absent* key in
 * `Fields` is unknown (R6b). Dates are `YYYY-MM-DD`, instants ISO 8601 with `Z`, local date-times ISO without zone,
 * one-of holds the side's option id (hub: the value's key), many-of a list of them.
 */
export type Value = string | number | boolean | null | readonly string[];
export type Fields = Readonly<Record<string, Value>>;

export const VALUE_TYPES = [
  'text',
  'longText',
  'number',
  'date',
  'dateTime',
  'localDateTime',
  'boolean',
  'oneOf',
  'manyOf',
  'email',
  'phone',
  'url',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** One choice of a list. `id` is stable and is what records hold; `label` is what people read. */
export interface Option {
  readonly id: string;
  readonly label: string;
  /** false: a hidden or retired option, still read, never offered; of a hub list: a value that a person removed. */
  readonly active: boolean;
  /** Other labels that mean this option (R21). */
  readonly spellings?: readonly string[] | undefined;
}

/** What we need to know of a field on one side to carry a value in or out. */
export interface FieldSchema {
  readonly key: string;
  readonly label: string;
  readonly type: ValueType;
  /** Computed by its side (formula, score, roll-up): never written. */
  readonly calculated: boolean;
  readonly writableOnCreate: boolean;
  readonly writableOnUpdate: boolean;
  /** A record cannot be created without it. */
  readonly required: boolean;
  /** Longest text in characters; undefined: no limit known. */
  readonly maxLength?: number;
  /** Decimal places that a number keeps. */
  readonly scale?: number;
  /** Of `oneOf` and `manyOf`. */
  readonly options?: readonly Option[];
  /** Values outside `options` are refused. */
  readonly restricted?: boolean;
  /** Two records cannot hold the same value. */
  readonly unique?: boolean;
  /** Fields of one name here are held by their side as one value (the parts of a name): carried together (R20c). */
  readonly together?: string;
  /** Stored in another spelling than sent, e.g. e-mails in lower case. */
  readonly storedLowerCase?: boolean;
  /** Of `dateTime` and `localDateTime`: times are kept to this many ms. */
  readonly resolutionMs?: number;
  /** What stands there when nothing was entered: a box is either ticked or not, a number may have no empty state. */
  readonly emptyIs?: boolean | number;
  /** false: the CRM finds no record by it. */
  readonly searchable?: boolean;
  /** Of a CRM field: names another record, a company, which is found or made before a person is written (R25). */
  readonly company?: boolean;
  /** The hub list whose values this hub field takes. */
  readonly listId?: string;
  /** The vendor's own id of the field, where it has one that outlives a new name: tells a rename from a removal (R49). */
  readonly vendorId?: string;
  /** The side's own name for the type, for messages and `fields`. */
  readonly vendorType?: string;
  readonly custom?: boolean;
}

/** One field mapping, as settings hold it. */
export interface MappingLine {
  readonly kind: Kind;
  /** Hub field key. */
  readonly hub: string;
  /** CRM field key. */
  readonly crm: string;
  readonly direction: Direction;
  /** Default true. */
  readonly enabled?: boolean | undefined;
  /** Default: the connection's. */
  readonly conflict?: ConflictPolicy | undefined;
  /** An empty source counts as not changed. */
  readonly ignoreEmpty?: boolean | undefined;
  /** Written to the CRM only where it demands a value and the hub has none; stands for empty on the way back (R20b). */
  readonly default?: Value | undefined;
  /** The value table, labels or ids: hub → CRM, and read backwards. Of several CRM values the first is written, all are read. */
  readonly values?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Labels of either side that are not carried to the other, and that nobody has to be told about. */
  readonly leaveOut?: readonly string[] | undefined;
  /** True on either side becomes true on both (R8). */
  readonly optOut?: boolean | undefined;
  /** The CRM field is a permission for one purpose (R8a); `hub` is `consent`. */
  readonly consent?: ConsentMapping | undefined;
  /** What an unknown CRM list value becomes: added to the hub's list (default), or a rejection (R21). */
  readonly unknownValues?: 'add' | 'reject' | undefined;
}

/** A value of a permission field as people say it: an option's id or label, a text; of a box `true`. */
export type ConsentWord = string | boolean;

/** R8a: how a CRM's permission field says one purpose. */
export interface ConsentMapping {
  readonly purpose: string;
  /** Values that mean "agreed"; the first is written. */
  readonly given?: readonly ConsentWord[] | undefined;
  /** Values that mean "withdrawn"; the first is written. */
  readonly withdrawn?: readonly ConsentWord[] | undefined;
  /** The CRM is this purpose's source: what is given there counts here, too. Else it can only withdraw. */
  readonly source?: boolean | undefined;
}

/** The latest record of one purpose (R8a). */
export interface ConsentState {
  readonly given: boolean;
  readonly at: number;
  readonly proven: boolean;
  /** form | import | person | crm | preferences */
  readonly how: string;
}

/** Identifies a line on its connection; the shadow is kept under it, so a line that comes back finds its shadow. */
export type LineKey = string;
export const lineKey = (line: Pick<MappingLine, 'kind' | 'hub' | 'crm'>): LineKey =>
  `${line.kind}:${line.hub}:${line.crm}`;

/** What each side held when they last agreed on one line, each in its own form (R1b). */
export interface LineShadow {
  readonly hub: Value;
  readonly crm: Value;
}
export type Shadow = Readonly<Record<LineKey, LineShadow>>;

/** Who put a hub value there, and when: for R4 (which side is newer) and R39 (why is it so). */
export interface Origin {
  readonly by: 'person' | 'form' | 'import' | 'api' | 'sync' | 'system';
  /** When a person entered that value, ms since 1970 UTC; null: not known (R9). */
  readonly at: number | null;
  /** The connection a sync brought it from. */
  readonly connection?: string;
  /** The user, form, import or key. */
  readonly source?: string;
  readonly rule?: string;
  readonly run?: string;
}
export type Origins = Readonly<Record<string, Origin>>;

/** The closed list of reasons why a record or a value was not synchronised; each has a page in `docs/reasons.md`. */
export const REASONS = [
  'missing_email',
  'invalid_email',
  'duplicate_in_crm',
  'shared_email',
  'address_taken',
  'not_stored',
  'missing_required',
  'too_long',
  'not_in_list',
  'wrong_type',
  'unmapped_value',
  'converted_lead',
  'belongs_to_sales',
  'duplicate_rule',
  'no_permission',
  'validation_rule',
  'record_locked',
  'gone',
  'rejected_by_crm',
] as const;
export type Reason = (typeof REASONS)[number];

/** Every distinct record seen by a run has exactly one (R43); `deferred` ones are settled in a later run. */
export const OUTCOMES = ['created', 'updated', 'rejected', 'unchanged', 'filtered', 'deferred'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const TRIGGERS = ['schedule', 'form', 'webhook', 'person', 'api', 'restore'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export const PAUSED_REASONS = [
  'quota',
  'breaker',
  'schema',
  'restored',
  'mass_deletion',
  'other_account',
  'auth',
  'person',
  'undone',
] as const;
export type PausedReason = (typeof PAUSED_REASONS)[number];

/** A value that cannot go where it should, as data: the text is made from it in the reader's language. */
export interface Fault {
  readonly reason: Reason;
  /** The field of the side that does not take it; null: the record as a whole. */
  readonly field: string | null;
  /** What a message needs: limits, options, the vendor's own words (`vendor`), other people's names. */
  readonly params: Readonly<Record<string, string | number>>;
}
