import { expect, test } from 'vitest';
import { routes } from './contract/routes.ts';
import { scopesOf } from './rights.ts';

/**
 * The rights table, row by row, by what a route is about: written down beside the routes and not taken from them, so that a route
 * which asks for too little is found. The first row that fits counts; a route that fits none has no place in the table.
 */
const TABLE: readonly (readonly [RegExp, string])[] = [
  // Before one is in, and what everybody who is in sees.
  [/^(GET|POST) \/setup$|^POST \/(access-requests|invitations\/(read|accept))$|^GET \/sign-on\/offer$/, 'anybody'],
  [/^(GET|PATCH) \/me$|^(GET|DELETE) \/sessions\b|^GET \/(status|settings)$/, 'signed-in'],
  // Erase, person export, a lifted opt-out; users, keys, mails, sign-on, audit, settings.
  [/^(GET|POST) \/contacts\/\{id\}\/(erase|export|opt-in)$/, 'admin'],
  [/ \/(users|invitations|access-requests|crm-deletions|api-keys|outbox|sign-on|audit|settings)\b/, 'admin'],
  [/ \/webhooks\b/, 'webhooks:write'],
  // Credentials, connect, disconnect, resume after a restore, limits, what is made in the CRM.
  [/^(POST \/connections|DELETE \/connections\/\{id\}|POST \/resume)$/, 'connections:write'],
  [
    /^(GET|POST) \/connections\/\{id\}\/(authorize|hooks|fields\/create|resume|options|links\/rewrite)$/,
    'connections:write',
  ],
  // Configuration, mappings, runs, preview, to fix, conflicts, undo.
  [/^POST \/contacts\/\{id\}\/held\/release$/, 'sync:write'],
  [/^GET \/(connections|runs|rejections|conflicts|crms|quota|reports|zapier|emulated)\b/, 'sync:read'],
  [/^\w+ \/(connections|runs|rejections|conflicts|pause|emulated)\b/, 'sync:write'],
  // Forms and what they bring, visits; fields, lists and points are seen on a contact's page, and changed by marketing.
  [/^GET \/(fields|lists|score-rules|events|segments|merge-proposals|find)\b/, 'contacts:read'],
  [/^POST \/submissions\/\{id\}\/take$|^POST \/events$/, 'contacts:write'],
  [/ \/(forms|submissions|consent-texts|files|tracking|fields|lists|score-rules)\b/, 'hub:write'],
  // Contact pages, timeline, why.
  [/^GET \/contacts\b|^POST \/contacts\/(search|lookup)$/, 'contacts:read'],
  [/ \/(contacts|segments|merge-proposals|imports|bulk-changes)\b/, 'contacts:write'],
];

test('every route asks for the right that the rights table gives it, and none is outside the table', () => {
  for (const { method, path, access } of Object.values(routes)) {
    const name = `${method} ${path}`;
    expect({ name, access }).toEqual({ name, access: TABLE.find(([about]) => about.test(name))?.[1] });
  }
});

test('administrators may everything, marketing all but credentials and people, sales reads contacts', () => {
  expect(scopesOf('admin')).toHaveLength(8);
  expect(scopesOf('marketing')).toEqual(['contacts:read', 'contacts:write', 'hub:write', 'sync:read', 'sync:write']);
  expect(scopesOf('sales')).toEqual(['contacts:read']);
});
