import type { Texts } from '../texts.ts';

/** OAuth in the browser: the button, the redirect address, where the authorisation stands. */
export const oauthEn = {
  connectWith: 'Connect with {{crm}}',
  connectAgain: 'Connect with {{crm}} again',
  again: 'Authorise again',
  redirect: 'Redirect address',
  redirectHelp: 'Enter exactly this with the app in {{crm}}; the guide shows where.',
  scopes: 'Rights (scopes) that the app needs',
  copy: 'Copy',
  copied: 'Copied',
  noneTitle: 'Not authorised yet',
  noneText:
    'Save the client id and secret of your app, then allow Tandem on the page of {{crm}}. You come back here by yourself.',
  fieldsLater: 'The field mapping appears here once {{crm}} is authorised.',
  goodTitle: '{{crm}} has authorised Tandem',
  goodText: '{{when}}, by {{by}}.',
  refusedTitle: '{{crm}} gives no access any more',
  refusedText:
    'Since {{since}}: the access was revoked, or its time is over. Nothing is lost: everything waits, and goes on after one click.',
  lostText:
    'Tandem was stopped in the very moment in which {{crm}} gave a new token. Nothing else is lost: everything waits, and goes on after one click.',
} as const;

export const oauthFr: Texts<typeof oauthEn> = {
  connectWith: 'Connecter avec {{crm}}',
  connectAgain: 'Reconnecter avec {{crm}}',
  again: 'Autoriser de nouveau',
  redirect: 'Adresse de redirection',
  redirectHelp: 'À saisir exactement ainsi avec l’application dans {{crm}} ; le guide montre où.',
  scopes: 'Droits (scopes) dont l’application a besoin',
  copy: 'Copier',
  copied: 'Copié',
  noneTitle: 'Pas encore autorisé',
  noneText:
    'Enregistrez l’identifiant et le secret client de votre application, puis autorisez Tandem sur la page de {{crm}}. Vous revenez ici automatiquement.',
  fieldsLater: 'La correspondance des champs apparaît ici dès que {{crm}} est autorisé.',
  goodTitle: '{{crm}} a autorisé Tandem',
  goodText: '{{when}}, par {{by}}.',
  refusedTitle: '{{crm}} ne donne plus accès',
  refusedText:
    'Depuis {{since}} : l’accès a été révoqué, ou il est arrivé à son terme. Rien n’est perdu : tout attend, et reprend après un clic.',
  lostText:
    'Tandem a été arrêté à l’instant même où {{crm}} donnait un nouveau jeton. Rien d’autre n’est perdu : tout attend, et reprend après un clic.',
};
