import type { z } from 'zod';
import type * as contract from '../../../src/api/contract/form.ts';
import { api, routes } from '../../api/client.ts';

export type Form = z.output<typeof contract.form>;
export type FormInput = z.output<typeof contract.formInput>;
export type Submission = z.output<typeof contract.submission>;
export type ConsentText = z.output<typeof contract.consentText>;

export const formsQuery = { queryKey: ['forms'], queryFn: () => api(routes.forms) } as const;
export const textsQuery = { queryKey: ['consent-texts'], queryFn: () => api(routes.consentTexts) } as const;
export const filesQuery = { queryKey: ['files'], queryFn: () => api(routes.files) } as const;
export const trackingQuery = { queryKey: ['tracking'], queryFn: () => api(routes.tracking) } as const;

/** What the builder edits, without what the server adds. */
export function inputOf(form: Form): FormInput {
  const { id: _id, key: _key, version: _version, address: _address, script: _script, embed: _embed, ...rest } = form;
  const { counts: _counts, createdAt: _createdAt, updatedAt: _updatedAt, ...input } = rest;
  return input;
}
