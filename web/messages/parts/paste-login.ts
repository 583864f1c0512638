import type { Texts } from '../texts.ts';

/** *Paste anything*, when a CRM is connected. */
export const pasteLoginEn = {
  label: 'Paste anything: a token, an address, a key',
  placeholder: 'pat-eu1-…, https://…',
  help: 'A token, an address from your browser’s bar, or a key file (drop it here): the form below is filled with it. Nothing leaves this page before you connect.',
  file: 'Choose a file',
  unknown: 'That is nothing we know. Fill in the form below; the guide says where each value is found.',
  tooLarge: 'This file is too large for a key or a token. Nothing was read.',
  elsewhere: 'That belongs into this form, not into the search. It was sent nowhere: paste it into the box here.',
  elsewhereKey: 'A key does not belong into the search. It was sent nowhere: paste it where the CRM is connected.',
  found: {
    hubspotToken: 'A HubSpot token of the data centre {{region}}.',
    hubspotTokenEu: 'A HubSpot token of the EU region.',
    hubspotTokenNa: 'A HubSpot token of the North American region.',
    salesforceOrg: 'An address of the Salesforce org {{host}}.',
    salesforceSandbox: 'An address of the Salesforce sandbox “{{sandbox}}”: {{host}}.',
    salesforceGeneral:
      '{{host}} is everybody’s sign-in to Salesforce. Sign in and paste the address of the page you then see: it has your org’s name.',
    privateKey: 'A private key.',
    certificate: 'A certificate.',
    keyAndCertificate: 'A private key with its certificate.',
    lockedKey:
      'A private key that is locked with a password. Take the password off (openssl pkey -in key.pem), then paste it again.',
    keyOfWhich:
      'A private key. Salesforce and SAP are signed in to with one: open the tab of yours, and paste it there.',
    zohoCentre: 'An address of Zoho’s data centre {{centre}}.',
    zohoSandbox: 'An address of a Zoho sandbox in the data centre {{centre}}.',
    zohoFile: 'The file of a Zoho self client: client id and secret. Still needed: a grant code, and the data centre.',
    zohoFileWithCode:
      'The file of a Zoho self client: client id, secret and grant code. The code lasts a few minutes. If you are not in the US data centre, paste the address of your CRM as well.',
    pipedriveCompany: 'An address of the Pipedrive company {{host}}.',
    pipedriveToken: 'A Pipedrive token.',
    sapTenant: 'The SAP tenant {{host}}.',
    addressOnly: 'An address of {{crm}}. It does not let anybody in: the form below still needs a token.',
  },
} as const;

export const pasteLoginFr: Texts<typeof pasteLoginEn> = {
  label: 'Collez n’importe quoi : un jeton, une adresse, une clé',
  placeholder: 'pat-eu1-…, https://…',
  help: 'Un jeton, une adresse de la barre du navigateur ou un fichier de clé (déposez-le ici) : le formulaire ci-dessous est rempli. Rien ne quitte cette page avant que vous ne connectiez.',
  file: 'Choisir un fichier',
  unknown:
    'Nous ne reconnaissons pas cela. Remplissez le formulaire ci-dessous ; le guide dit où trouver chaque valeur.',
  tooLarge: 'Ce fichier est trop gros pour une clé ou un jeton. Rien n’a été lu.',
  elsewhere: 'Cela va dans ce formulaire, pas dans la recherche. Rien n’a été envoyé : collez-le dans la case d’ici.',
  elsewhereKey: 'Une clé ne va pas dans la recherche. Rien n’a été envoyé : collez-la là où le CRM est connecté.',
  found: {
    hubspotToken: 'Un jeton HubSpot du centre de données {{region}}.',
    hubspotTokenEu: 'Un jeton HubSpot de la région UE.',
    hubspotTokenNa: 'Un jeton HubSpot de la région Amérique du Nord.',
    salesforceOrg: 'Une adresse de l’organisation Salesforce {{host}}.',
    salesforceSandbox: 'Une adresse du bac à sable Salesforce « {{sandbox}} » : {{host}}.',
    salesforceGeneral:
      '{{host}} est la page de connexion de tout le monde chez Salesforce. Connectez-vous et collez l’adresse de la page que vous voyez alors : elle porte le nom de votre organisation.',
    privateKey: 'Une clé privée.',
    certificate: 'Un certificat.',
    keyAndCertificate: 'Une clé privée avec son certificat.',
    lockedKey:
      'Une clé privée protégée par un mot de passe. Retirez-le (openssl pkey -in key.pem), puis collez-la de nouveau.',
    keyOfWhich:
      'Une clé privée. On se connecte avec une clé à Salesforce et à SAP : ouvrez l’onglet du vôtre et collez-la là.',
    zohoCentre: 'Une adresse du centre de données {{centre}} de Zoho.',
    zohoSandbox: 'Une adresse d’un bac à sable Zoho du centre de données {{centre}}.',
    zohoFile:
      'Le fichier d’un self client de Zoho : client id et secret. Il manque encore un grant code et le centre de données.',
    zohoFileWithCode:
      'Le fichier d’un self client de Zoho : client id, secret et grant code. Le code ne vaut que quelques minutes. Si vous n’êtes pas dans le centre de données US, collez aussi l’adresse de votre CRM.',
    pipedriveCompany: 'Une adresse de la société Pipedrive {{host}}.',
    pipedriveToken: 'Un jeton Pipedrive.',
    sapTenant: 'Le tenant SAP {{host}}.',
    addressOnly:
      'Une adresse de {{crm}}. Elle n’ouvre rien à elle seule : il manque un jeton dans le formulaire ci-dessous.',
  },
};
