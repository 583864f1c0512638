import type { ObjectName } from '../codec.ts';

/** Errors of single calls are a list. */
export const error = (errorCode: string, message: string, fields?: readonly string[]) => [
  { message, errorCode, ...(fields === undefined ? {} : { fields }) },
];
export const isObject = (name: string): name is ObjectName => name === 'Lead' || name === 'Contact';
