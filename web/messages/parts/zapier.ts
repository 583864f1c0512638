import type { Texts } from '../texts.ts';

export const zapierEn = {
  title: 'The one-way interface with Zapier',
  intro:
    'Contacts, scores, forms and downloads go from here to thousands of apps through Zapier, and contacts come in from them. One way each: unlike the connections beside this tab, Zapier neither compares nor merges. Where your CRM has a tab of its own, use that.',
  reach: {
    not_https:
      'Zapier cannot connect: the address of this Tandem does not begin with https. Put it behind https and set TANDEM_URL.',
    private:
      'Zapier cannot connect: the address of this Tandem leads to this machine or to a private network. Give it an address that can be reached from the internet, with https, and set TANDEM_URL.',
    unknown:
      'Zapier can probably not connect: the name in the address of this Tandem is not known here. Look whether it is right, and set TANDEM_URL.',
  },
  install: '1. Install the app',
  installText:
    'The app is part of Tandem (folder “zapier”). Whoever runs Tandem pushes it once as your own private app and shares it by a link: the steps stand in docs/zapier.md.',
  connect: '2. Connect it',
  connectText: 'In Zapier choose Tandem, then Sign in, and enter these two.',
  address: 'Address of your Tandem',
  key: 'Key',
  makeKey: 'Make a key for Zapier',
  keyOnce: 'The key is shown this once: copy it now.',
  keyMay: 'It may read and change contacts and have its own webhooks; nothing else. It ends under Settings › API keys.',
  adminOnly: 'An administrator makes the key.',
  zap: '3. Make a Zap',
  zapText:
    'For example “score of 40 or more → create in the CRM”: trigger Score Reached with 40, action Create Lead in your CRM’s app. What it hears stands under Settings › Webhooks.',
};

export const zapierFr: Texts<typeof zapierEn> = {
  title: 'L’interface à sens unique avec Zapier',
  intro:
    'Les contacts, scores, formulaires et téléchargements partent d’ici vers des milliers d’applications par Zapier, et des contacts en arrivent. Chaque fois à sens unique : à la différence des connexions à côté de cet onglet, Zapier ne compare ni ne fusionne rien. Si votre CRM a son onglet, utilisez-le.',
  reach: {
    not_https:
      'Zapier ne peut pas se connecter : l’adresse de ce Tandem ne commence pas par https. Placez-le derrière https et renseignez TANDEM_URL.',
    private:
      'Zapier ne peut pas se connecter : l’adresse de ce Tandem mène à cette machine ou à un réseau privé. Donnez-lui une adresse joignable depuis internet, en https, et renseignez TANDEM_URL.',
    unknown:
      'Zapier ne pourra sans doute pas se connecter : le nom dans l’adresse de ce Tandem n’est pas connu ici. Vérifiez-le, et renseignez TANDEM_URL.',
  },
  install: '1. Installer l’application',
  installText:
    'L’application fait partie de Tandem (dossier « zapier »). La personne qui gère Tandem la publie une fois comme votre application privée et la partage par un lien : les étapes sont dans docs/zapier.md.',
  connect: '2. La connecter',
  connectText: 'Dans Zapier, choisissez Tandem, puis Sign in, et saisissez ces deux valeurs.',
  address: 'Adresse de votre Tandem',
  key: 'Clé',
  makeKey: 'Créer une clé pour Zapier',
  keyOnce: 'La clé n’est montrée que cette fois : copiez-la maintenant.',
  keyMay:
    'Elle peut lire et modifier les contacts et avoir ses propres webhooks, rien d’autre. Elle se révoque dans Paramètres › Clés d’API.',
  adminOnly: 'Un administrateur crée la clé.',
  zap: '3. Créer un Zap',
  zapText:
    'Par exemple « score de 40 ou plus → créer dans le CRM » : déclencheur Score Reached avec 40, action Create Lead dans l’application de votre CRM. Ce qu’il écoute se trouve dans Paramètres › Webhooks.',
};
