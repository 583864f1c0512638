/** Single sign-on: why somebody is not let in, and what is wrong with its settings. */
export const signOnEn = {
  'signOn.again': 'Try again',
  'signOn.back': 'To the sign-in page',
  'signOn.title.off': 'Single sign-on is off',
  'signOn.text.off': 'This Tandem does not use single sign-on at the moment. Sign in with your password.',
  'signOn.title.lost': 'This way back is not valid any more',
  'signOn.text.lost':
    'It was used already, is older than ten minutes, or was begun in another browser. Nothing has changed: begin again.',
  'signOn.title.denied': 'You are not signed in',
  'signOn.text.denied':
    'Your organisation’s sign-in did not let you through to Tandem. If you think it should, ask whoever runs it.',
  'signOn.title.failed': 'The sign-in could not be finished',
  'signOn.text.failed':
    'Your organisation’s sign-in did not answer as expected. Try again in a minute; if it stays like this, an administrator finds the reason in the audit log.',
  'signOn.title.no_role': 'Tandem does not know what you may do',
  'signOn.text.no_role':
    'Your organisation’s sign-in knows you, but gives you no role in Tandem. Ask an administrator to put you into one of the groups that have a role here.',
  'signOn.title.no_email': 'Your e-mail address is missing',
  'signOn.text.no_email':
    'Your organisation’s sign-in told no usable e-mail address. An administrator has to let Tandem see it (scope “email”).',
  'signOn.title.not_verified': 'This address belongs to somebody here',
  'signOn.text.not_verified':
    'A person with your e-mail address exists here already, and your organisation’s sign-in does not say that the address is verified. Ask an administrator: it has to be verified there first.',
  'signOn.title.deactivated': 'Your access is closed',
  'signOn.text.deactivated': 'An administrator has deactivated you in Tandem. Only an administrator can change that.',
  'input.sign_on_no_role':
    'Nobody would come in: name a claim with its roles, or choose a role for people of whom no claim gives one.',
  'input.sign_on_passwords_off': 'Passwords can be closed only while single sign-on is on.',
  'input.break_glass': '"{value}" is no active administrator with a password. Choose somebody who is.',
  'input.sign_on_not_reachable':
    'The provider cannot be reached ({detail}). An address in your own network has to stand in TANDEM_ALLOW_HOSTS.',
  'input.sign_on_not_openid':
    'There is no OpenID Connect provider at this address ({detail}): it needs /.well-known/openid-configuration.',
  'input.sign_on_other_issuer':
    'The provider names itself otherwise. Enter its issuer exactly as its description has it, last slash included.',
  'input.sign_on_insecure':
    'The address has to begin with https://; http only for a host that stands in TANDEM_ALLOW_HOSTS.',
} as const;

export const signOnFr: Readonly<Record<keyof typeof signOnEn, string>> = {
  'signOn.again': 'Réessayer',
  'signOn.back': 'Vers la page de connexion',
  'signOn.title.off': 'L’authentification unique est désactivée',
  'signOn.text.off':
    'Ce Tandem n’utilise pas l’authentification unique pour le moment. Connectez-vous avec votre mot de passe.',
  'signOn.title.lost': 'Ce retour n’est plus valable',
  'signOn.text.lost':
    'Il a déjà servi, date de plus de dix minutes ou a commencé dans un autre navigateur. Rien n’a changé : recommencez.',
  'signOn.title.denied': 'Vous n’êtes pas connecté',
  'signOn.text.denied':
    'L’authentification de votre organisation ne vous a pas laissé passer vers Tandem. Si c’est une erreur, adressez-vous à qui la gère.',
  'signOn.title.failed': 'La connexion n’a pas abouti',
  'signOn.text.failed':
    'L’authentification de votre organisation n’a pas répondu comme prévu. Réessayez dans une minute ; si cela dure, un administrateur trouvera la raison dans le journal d’audit.',
  'signOn.title.no_role': 'Tandem ne sait pas ce que vous pouvez faire',
  'signOn.text.no_role':
    'L’authentification de votre organisation vous connaît, mais ne vous donne aucun rôle dans Tandem. Demandez à un administrateur de vous placer dans un groupe qui a un rôle ici.',
  'signOn.title.no_email': 'Votre adresse e-mail manque',
  'signOn.text.no_email':
    'L’authentification de votre organisation n’a donné aucune adresse utilisable. Un administrateur doit la rendre visible (portée « email »).',
  'signOn.title.not_verified': 'Cette adresse est déjà celle de quelqu’un ici',
  'signOn.text.not_verified':
    'Une personne a déjà votre adresse ici, et l’authentification de votre organisation ne dit pas que cette adresse est vérifiée. Adressez-vous à un administrateur : elle doit d’abord y être vérifiée.',
  'signOn.title.deactivated': 'Votre accès est fermé',
  'signOn.text.deactivated':
    'Un administrateur vous a désactivé dans Tandem. Seul un administrateur peut changer cela.',
  'input.sign_on_no_role':
    'Personne n’entrerait : indiquez une revendication avec ses rôles, ou un rôle pour ceux à qui aucune n’en donne.',
  'input.sign_on_passwords_off':
    'Les mots de passe ne peuvent être fermés que si l’authentification unique est activée.',
  'input.break_glass': '« {value} » n’est pas un administrateur actif avec mot de passe. Choisissez-en un.',
  'input.sign_on_not_reachable':
    'Le fournisseur est injoignable ({detail}). Une adresse de votre réseau doit figurer dans TANDEM_ALLOW_HOSTS.',
  'input.sign_on_not_openid':
    'Il n’y a pas de fournisseur OpenID Connect à cette adresse ({detail}) : il faut /.well-known/openid-configuration.',
  'input.sign_on_other_issuer':
    'Le fournisseur se nomme autrement. Saisissez son émetteur exactement comme il l’écrit, barre finale comprise.',
  'input.sign_on_insecure':
    'L’adresse doit commencer par https:// ; http seulement pour un hôte présent dans TANDEM_ALLOW_HOSTS.',
};
