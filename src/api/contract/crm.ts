import { z } from 'zod';
import { KINDS } from '../../core/model.ts';

/** A CRM that can be connected, or that will be: what its tab is drawn from. */
export const crm = z.object({
  id: z.string(),
  label: z.string(),
  kinds: z.array(z.enum(KINDS)),
  /** What each kind is in this CRM, in the reader's language. */
  notes: z.record(z.string(), z.string()),
  /** How the field that lets a contact in is called there. */
  syncField: z.string().nullable(),
  supported: z.boolean(),
  credentials: z.array(
    z.object({
      method: z.string(),
      label: z.string(),
      recommended: z.boolean(),
      fields: z.array(
        z.object({
          key: z.string(),
          label: z.string(),
          secret: z.boolean(),
          required: z.boolean(),
          multiline: z.boolean(),
          placeholder: z.string().nullable(),
        }),
      ),
    }),
  ),
  /** What else a connection to this CRM can be told: its `options`. */
  options: z.array(
    z.object({
      key: z.string(),
      label: z.string(),
      help: z.string().nullable(),
      type: z.enum(['text', 'number', 'boolean', 'oneOf', 'manyOf']),
      choices: z.array(z.object({ id: z.string(), label: z.string() })),
      /** The CRM field whose values are the choices. */
      valuesOf: z.string().nullable(),
      default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
      /** Stays once anybody has been read; a list may still grow. */
      fixed: z.boolean(),
      /** The option whose choice cannot be chosen here as well. */
      excludes: z.string().nullable(),
      /** Has to be chosen on the screen before a connection that sends people is switched on. */
      required: z.boolean(),
      placeholder: z.string().nullable(),
    }),
  ),
  /** Whose lists a choice can be added to from here: every field's, the account's own fields', or none. */
  createsOptions: z.enum(['every', 'custom', 'none']),
  /** How an administrator of the CRM adds one by hand; `{{field}}` stands for the field's name. */
  optionByHand: z.string().nullable(),
  limits: z.array(z.object({ name: z.string(), value: z.number(), unit: z.string(), source: z.string() })),
  /** Of the method `oauth`: the address to enter with the app at the vendor, and the rights that are asked for. */
  oauth: z.object({ redirectUri: z.string(), scope: z.string().nullable() }).nullable(),
});
