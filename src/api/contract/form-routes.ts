import { z } from 'zod';
import { SUBMISSION_STATUSES } from '../../core/form.ts';
import * as form from './form.ts';
import { route } from './route.ts';
import * as view from './views.ts';

const limit = z.coerce.number().int().min(1).max(500).default(50);
const cursor = z.string().optional();
const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional();
const items = <T extends z.ZodType>(one: T) => z.object({ items: z.array(one) });

/** Forms, what was submitted, consent and files; part of the table in `routes.ts`. */
export const formRoutes = {
  forms: route({ method: 'GET', path: '/forms', access: 'hub:write', summary: 'Forms', response: items(form.form) }),
  createForm: route({
    method: 'POST',
    path: '/forms',
    access: 'hub:write',
    summary: 'Make a form',
    body: form.formInput,
    response: form.form,
  }),
  form: route({ method: 'GET', path: '/forms/{id}', access: 'hub:write', summary: 'One form', response: form.form }),
  updateForm: route({
    method: 'PATCH',
    path: '/forms/{id}',
    access: 'hub:write',
    summary: 'Change a form: its next version',
    body: form.formPatch,
    response: form.form,
  }),
  deleteForm: route({
    method: 'DELETE',
    path: '/forms/{id}',
    access: 'hub:write',
    summary: 'Delete a form; what came in stays',
    response: view.ok,
  }),
  testForm: route({
    method: 'POST',
    path: '/forms/{id}/test',
    access: 'hub:write',
    summary: 'An address with which the form can be tried for two hours without reaching anybody',
    response: z.object({ address: z.string() }),
  }),
  previewForm: route({
    method: 'POST',
    path: '/forms/preview',
    access: 'hub:write',
    summary: 'The page as visitors would see it, of a form that is not saved',
    asks: true,
    body: form.formInput,
    response: z.object({ html: z.string() }),
  }),
  formRefusals: route({
    method: 'GET',
    path: '/forms/{id}/refusals',
    access: 'hub:write',
    summary: 'Posts that were not stored: how many, why, from where',
    response: items(form.formRefusal),
  }),
  submissions: route({
    method: 'GET',
    path: '/submissions',
    access: 'hub:write',
    summary: 'What was submitted',
    query: z.strictObject({
      form: z.string().optional(),
      status: z.enum(SUBMISSION_STATUSES).optional(),
      contact: z.string().optional(),
      test: flag,
      limit,
      cursor,
    }),
    response: view.page(form.submission),
  }),
  submission: route({
    method: 'GET',
    path: '/submissions/{id}',
    access: 'hub:write',
    summary: 'One submission',
    response: form.submission,
  }),
  acceptSubmissions: route({
    method: 'POST',
    path: '/submissions/accept',
    access: 'hub:write',
    summary: 'Let held submissions through',
    body: z.strictObject({ ids: z.array(z.string()).min(1).max(500) }),
    response: z.object({ moved: z.number() }),
  }),
  refuseSubmissions: route({
    method: 'POST',
    path: '/submissions/refuse',
    access: 'hub:write',
    summary: 'Drop held submissions',
    body: z.strictObject({ ids: z.array(z.string()).min(1).max(500) }),
    response: z.object({ moved: z.number() }),
  }),
  takeOver: route({
    method: 'POST',
    path: '/submissions/{id}/take',
    access: 'contacts:write',
    summary: 'Take values over that were said in a form and kept aside',
    body: z.strictObject({ fields: z.array(z.string()).min(1).max(100) }),
    response: form.submission,
  }),
  consentTexts: route({
    method: 'GET',
    path: '/consent-texts',
    access: 'hub:write',
    summary: 'Words that people agree to',
    response: items(form.consentText),
  }),
  createConsentText: route({
    method: 'POST',
    path: '/consent-texts',
    access: 'hub:write',
    summary: 'Add a consent text',
    body: form.consentTextInput,
    response: form.consentText,
  }),
  updateConsentText: route({
    method: 'PATCH',
    path: '/consent-texts/{id}',
    access: 'hub:write',
    summary: 'Change a consent text: other words are a new version',
    body: form.consentTextPatch,
    response: form.consentText,
  }),
  consentVersions: route({
    method: 'GET',
    path: '/consent-texts/{id}/versions',
    access: 'hub:write',
    summary: 'Every version of a consent text',
    response: items(form.consentVersion),
  }),
  deleteConsentText: route({
    method: 'DELETE',
    path: '/consent-texts/{id}',
    access: 'hub:write',
    summary: 'Remove a consent text that no form shows',
    response: view.ok,
  }),
  files: route({
    method: 'GET',
    path: '/files',
    access: 'hub:write',
    summary: 'Files that visitors download',
    response: items(form.storedFile),
  }),
  uploadFile: route({
    method: 'POST',
    path: '/files',
    access: 'hub:write',
    summary: 'Store a file of up to 20 MB; the body is its content',
    query: z.strictObject({ name: z.string().min(1).max(200) }),
    response: form.storedFile,
  }),
  deleteFile: route({
    method: 'DELETE',
    path: '/files/{id}',
    access: 'hub:write',
    summary: 'Remove a file that no form offers',
    response: view.ok,
  }),
  reach: route({
    method: 'GET',
    path: '/contacts/{id}/reach',
    access: 'contacts:read',
    summary: 'Which CRMs a person has reached, and what is missing for the others',
    response: items(form.reach),
  }),
  tracking: route({
    method: 'GET',
    path: '/tracking',
    access: 'hub:write',
    summary: 'The code that counts visits, and whose are left out',
    response: form.tracking,
  }),
  saveTracking: route({
    method: 'PATCH',
    path: '/tracking',
    access: 'hub:write',
    summary: 'Leave addresses out',
    body: z.strictObject({ excluded: z.array(z.string().max(60)).max(200) }),
    response: form.tracking,
  }),
  consents: route({
    method: 'GET',
    path: '/contacts/{id}/consents',
    access: 'contacts:read',
    summary: 'What a person agreed to, and took back',
    response: items(form.consentRecord),
  }),
  liftOptOut: route({
    method: 'POST',
    path: '/contacts/{id}/opt-in',
    access: 'admin',
    summary: 'Lift an opt-out, with a reason',
    body: z.strictObject({ reason: z.string().min(3).max(500) }),
    response: view.contact,
  }),
  preferenceLink: route({
    method: 'POST',
    path: '/contacts/{id}/preference-link',
    access: 'contacts:write',
    summary: "The address of a person's own preference page, for mails",
    response: z.object({ address: z.string() }),
  }),
} as const;
