import type { ObjectName } from '../codec.ts';

/** What emulated Salesforce keeps. */
export type StoredObject = ObjectName | 'Account';
export const STORED: readonly StoredObject[] = ['Lead', 'Contact', 'Account'];

/** Errors of single calls are a list. */
export const error = (errorCode: string, message: string, fields?: readonly string[]) => [
  { message, errorCode, ...(fields === undefined ? {} : { fields }) },
];
export const isObject = (name: string): name is StoredObject => STORED.some((one) => one === name);
