import type { Texts } from '../texts.ts';

/** Webhooks of the CRMs: told at once, or polled. */
export const hooksEn = {
  title: 'Changes in the CRM',
  live: 'told at once, last {{when}}',
  liveNone: 'told at once, none has come yet',
  polledToo: 'polled {{every}} as well',
  polled: 'polled {{every}}',
  failed: 'Changes cannot be told at once: {{message}}',
  byHand: 'Changes can be told at once: enter our address with the app, see the tab of the connection.',
  notReachable: '{{crm}} could tell changes at once if Tandem had a public https address (TANDEM_URL).',
  byHandTitle: 'Let {{crm}} tell changes at once',
  byHandText:
    'An app made as a project has its webhooks in a file of its own. Put this into the folder webhooks of the app (…-hsmeta.json) and deploy it. It holds a secret address: show it to nobody. Until the first webhook has come the connection is polled.',
} as const;

export const hooksFr: Texts<typeof hooksEn> = {
  title: 'Changements dans le CRM',
  live: 'signalés aussitôt, dernier {{when}}',
  liveNone: 'signalés aussitôt, aucun n’est encore venu',
  polledToo: 'aussi interrogé {{every}}',
  polled: 'interrogé {{every}}',
  failed: 'Les changements ne peuvent pas être signalés aussitôt : {{message}}',
  byHand:
    'Les changements peuvent être signalés aussitôt : saisissez notre adresse avec l’application, voir l’onglet de la connexion.',
  notReachable:
    '{{crm}} pourrait signaler les changements aussitôt si Tandem avait une adresse https publique (TANDEM_URL).',
  byHandTitle: 'Laisser {{crm}} signaler les changements aussitôt',
  byHandText:
    'Une application créée comme projet garde ses webhooks dans un fichier à elle. Placez ceci dans le dossier webhooks de l’application (…-hsmeta.json) et déployez-la. Il contient une adresse secrète : ne la montrez à personne. Jusqu’au premier webhook, la connexion est interrogée régulièrement.',
};
