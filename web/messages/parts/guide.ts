import type { Texts } from '../texts.ts';

/** The guide beside a CRM's tab. */
export const guideEn = {
  show: 'Guide for {{crm}}',
  hide: 'Hide the guide',
  label: 'Guide: connecting {{crm}}',
};

export const guideFr: Texts<typeof guideEn> = {
  show: 'Guide pour {{crm}}',
  hide: 'Masquer le guide',
  label: 'Guide : connecter {{crm}}',
};
