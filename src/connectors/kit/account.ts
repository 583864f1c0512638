import type { Kind } from '../../core/model.ts';

/** Who we are in a CRM, in which account, and what we may do there; the answer to `Connector.check`. */
export interface Account {
  /** The account's own id, which never changes (R40). */
  readonly id: string;
  readonly name: string;
  /** null: the vendor does not tell. */
  readonly sandbox: boolean | null;
  readonly timeZone: string | null;
  /** ms by the CRM's clock, from the `Date` header. */
  readonly serverTime: number | null;
  readonly user?: { readonly id: string; readonly name: string; readonly email?: string };
  /** Today's allowance in calls, where the vendor tells. */
  readonly quota: { readonly limit: number; readonly remaining: number } | null;
  /** How many records of each kind there are today, where a cheap count exists. */
  readonly counts?: Readonly<Partial<Record<Kind, number>>>;
  /** What this user may do with each kind, where the vendor tells; reading is in `findings`. */
  readonly rights?: Readonly<Partial<Record<Kind, KindRights>>>;
  readonly findings: readonly Finding[];
}
export interface KindRights {
  /** The vendor's name of it, e.g. `Lead`. */
  readonly object: string;
  readonly create: boolean;
  readonly update: boolean;
  /** May it delete such records (R18)? undefined: the vendor does not tell. */
  readonly delete?: boolean;
  /** Of the company records that people of this kind belong to (R25), where the vendor tells. */
  readonly companies?: CompanyRights;
}
export interface CompanyRights {
  /** The vendor's name of them, e.g. `Account`, and the field of a person that names one. */
  readonly object: string;
  readonly field: string;
  readonly read: boolean;
  readonly create: boolean;
  /** Labels of what a new one needs beside its name, which nobody here fills in. */
  readonly required: readonly string[];
}

/** One remark of a preflight: what is wrong, and what to do, as a message key with parameters. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'info';
  /** e.g. `missing_right`, `missing_field`, `required_not_mapped`, `edition`, `expiring`. */
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}
