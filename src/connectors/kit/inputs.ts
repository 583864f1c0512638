import type { Option } from '../../core/model.ts';

/** One value of a login, as the form asks for it. */
export interface CredentialField {
  readonly key: string;
  readonly label: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly multiline?: boolean;
  readonly placeholder?: string;
}
/** A way to sign in to the CRM. */
export interface CredentialMethod {
  readonly method: string;
  readonly label: string;
  readonly recommended?: boolean;
  readonly fields: readonly CredentialField[];
}

/** What a connection to this CRM can be told besides: a key of its `options`. */
export interface OptionInfo {
  readonly key: string;
  readonly label: string;
  readonly type: 'text' | 'number' | 'boolean' | 'oneOf' | 'manyOf';
  readonly options?: readonly Option[];
  readonly default?: string | number | boolean | readonly string[];
  /** The CRM field whose values may be chosen, where the choices are the account's own. */
  readonly valuesOf?: string;
  /** Says which records are read, and as what: it stays once anybody has been read; a list may still grow. */
  readonly fixed?: boolean;
  /** The option whose choice cannot be chosen here as well. */
  readonly excludes?: string;
  /**
   * Has no default: on the screen it is asked when the CRM is connected, and a connection that sends people cannot be
   * switched on there before it is chosen. A file or a program that says nothing gets what the connector documents.
   */
  readonly required?: boolean;
  /** Of a text: what it looks like, and an example. */
  readonly pattern?: RegExp;
  readonly placeholder?: string;
}
