import { z } from 'zod';
import { route } from './route.ts';
import * as view from './views.ts';

const label = z.string().min(1).max(200);

export const listValue = z.object({
  key: z.string(),
  label: z.string(),
  spellings: z.array(z.string()),
  inForms: z.boolean(),
  from: z.string().nullable(),
  removed: z.boolean(),
  uses: z.number().nullable(),
});
export const list = z.object({
  id: z.string(),
  label: z.string(),
  showNewValues: z.boolean(),
  newValuesMax: z.number(),
  fields: z.array(z.string()),
  values: z.array(listValue),
});

/** Value lists and the fields that take their values. */
export const listRoutes = {
  lists: route({
    method: 'GET',
    path: '/lists',
    access: 'contacts:read',
    summary: 'Value lists',
    response: z.object({ items: z.array(list), next: z.null() }),
  }),
  createList: route({
    method: 'POST',
    path: '/lists',
    access: 'hub:write',
    summary: 'Add a value list',
    body: z.strictObject({
      id: z.string().optional(),
      label,
      values: z.array(label).max(1_000).default([]),
    }),
    response: list,
  }),
  list: route({
    method: 'GET',
    path: '/lists/{id}',
    access: 'contacts:read',
    summary: 'One value list, with how many contacts hold each value',
    response: list,
  }),
  updateList: route({
    method: 'PATCH',
    path: '/lists/{id}',
    access: 'hub:write',
    summary: 'Change a list: its label, the order of its values, what new values of a CRM may do',
    body: z.strictObject({
      label: label.optional(),
      showNewValues: z.boolean().optional(),
      newValuesMax: z.int().min(0).max(10_000).optional(),
      order: z.array(z.string()).optional(),
      inForms: z.array(z.string()).optional(),
    }),
    response: list,
  }),
  deleteList: route({
    method: 'DELETE',
    path: '/lists/{id}',
    access: 'hub:write',
    summary: 'Remove a list that no field uses',
    response: view.ok,
  }),
  addListValue: route({
    method: 'POST',
    path: '/lists/{id}/values',
    access: 'hub:write',
    summary: 'Add a value; one that was removed comes back',
    body: z.strictObject({ label, inForms: z.boolean().default(true) }),
    response: list,
  }),
  updateListValue: route({
    method: 'PATCH',
    path: '/lists/{id}/values/{key}',
    access: 'hub:write',
    summary: 'Change a value: its label, its other spellings, whether forms show it',
    body: z.strictObject({
      label: label.optional(),
      inForms: z.boolean().optional(),
      spellings: z.array(label).max(200).optional(),
    }),
    response: list,
  }),
  removeListValue: route({
    method: 'DELETE',
    path: '/lists/{id}/values/{key}',
    access: 'hub:write',
    summary: 'Remove a value that nobody holds, or make it one with another (`into`)',
    query: z.strictObject({ into: z.string().optional() }),
    response: list.extend({ moved: z.number() }),
  }),
  updateField: route({
    method: 'PATCH',
    path: '/fields/{key}',
    access: 'hub:write',
    summary: 'Change a field; a text may become a choice of a list, and a choice a text',
    body: z.strictObject({
      label: label.optional(),
      position: z.int().min(0).max(10_000).optional(),
      maxLength: z.int().min(1).max(100_000).nullable().optional(),
      scale: z.int().min(0).max(10).nullable().optional(),
      type: z.enum(['text', 'oneOf']).optional(),
      listId: z.string().optional(),
    }),
    response: view.field,
  }),
  deleteField: route({
    method: 'DELETE',
    path: '/fields/{key}',
    access: 'hub:write',
    summary: 'Remove a field that nothing uses (`values=drop`: and the values that contacts have in it)',
    query: z.strictObject({ values: z.enum(['drop']).optional() }),
    response: view.ok,
  }),
} as const;
