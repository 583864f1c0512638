import type { Texts } from '../texts.ts';

/** A contact entered by hand. */
export const newContactEn = {
  open: 'New contact',
  title: 'New contact',
  help: 'Everything else is entered on the contact’s page.',
  create: 'Add',
  created: '{{email}} is added.',
  toOther: 'Open that contact',
} as const;

export const newContactFr: Texts<typeof newContactEn> = {
  open: 'Nouveau contact',
  title: 'Nouveau contact',
  help: 'Le reste se saisit sur la page du contact.',
  create: 'Ajouter',
  created: '{{email}} est ajouté.',
  toOther: 'Ouvrir ce contact',
};
