/** OAuth in the browser: refusals, and the page on which a person comes back from the vendor. */
export const oauthEn = {
  'detail.forged': 'The request is not from the CRM, or it is too old. Nothing was changed.',
  'refused.not_oauth': 'This connection to {crm} does not use the method OAuth.',
  'refused.person_needed':
    'Authorising happens in a browser: sign in to Tandem and press "Connect" on the connection\'s tab.',
  'input.login_address': 'This is not an address: https://yourcompany.my.salesforce.com, for instance.',
  'oauth.nav': 'What next',
  'oauth.toConnection': 'To the connection {name}',
  'oauth.toConnections': 'To the CRM connections',
  'oauth.again': 'Try again',
  'oauth.next.on': 'The synchronisation goes on by itself.',
  'oauth.next.off':
    'Next: look at the field mapping, then switch the connection on. Nothing is written before you have seen a preview.',
  'oauth.title.authorised': '{crm} is connected',
  'oauth.text.authorised': 'Account "{account}", {people} people today. The authorisation is stored encrypted.',
  'oauth.text.unchecked':
    '{crm} has authorised Tandem, and the authorisation is stored encrypted. The check that followed failed:',
  'oauth.title.unchecked': '{crm} has authorised Tandem, but the check failed',
  'oauth.title.denied': 'Not connected: you said no',
  'oauth.text.denied': 'On the page of {crm} the access was declined. Nothing has changed.',
  'oauth.title.refused': '{crm} gave no access',
  'oauth.text.refused':
    '{crm} answered "{code}". Check client id, client secret and the redirect address of the app there, then try again.',
  'oauth.title.unreachable': '{crm} did not answer',
  'oauth.text.unreachable':
    'The authorisation could not be finished, because the sign-in of {crm} cannot be reached at the moment. Nothing has changed; try again in a minute.',
  'oauth.title.foreign_place': 'Stopped for safety',
  'oauth.text.foreign_place':
    'The answer names a sign-in server that does not belong to {crm}. No secret was sent there, and nothing has changed.',
  'oauth.title.other_account': 'This is another account',
  'oauth.text.other_account':
    'The connection belongs to one account in {crm}. It is paused, nothing was read or written: authorise with the account of before, or make a new connection.',
  'oauth.title.taken_account': 'This account is connected already',
  'oauth.text.taken_account':
    'Another connection works with this account in {crm}; two would write over each other. The new authorisation was thrown away.',
  'oauth.title.unknown': 'This way back is not valid any more',
  'oauth.text.unknown':
    'It was used already, is older than 15 minutes, or was started in another browser or by another person. If the connection shows as authorised, all is well; else press "Connect" there again.',
  'oauth.title.signed_out': 'Please sign in first',
  'oauth.text.signed_out':
    'Nobody is signed in to Tandem in this browser at {url}. Sign in at exactly this address, then press "Connect" on the connection\'s tab again.',
  'oauth.title.not_admin': 'This needs an administrator',
  'oauth.text.not_admin': 'Only an administrator may connect a CRM. Nothing has changed.',
  'oauth.code.no_refresh_token':
    'It gave a token that ends within hours and none to renew it. Allow offline access (refresh token) in the settings of the app there.',
  'oauth.code.invalid_grant': 'The way back took too long, or was used twice. Try again.',
  'oauth.code.invalid_client': 'The client id or the client secret is not right.',
  'oauth.code.invalid_client_id': 'The client id is not right.',
  'oauth.code.invalid_code': 'The way back took too long, or belongs to another data centre. Try again.',
  'oauth.code.invalid_scope': 'The app there does not have all the rights that Tandem asks for; the guide lists them.',
  'oauth.code.redirect_uri_mismatch': 'The redirect address entered with the app there is another one.',
} as const;

export const oauthFr: Readonly<Record<keyof typeof oauthEn, string>> = {
  'detail.forged': 'La requête ne vient pas du CRM, ou elle est trop ancienne. Rien n’a changé.',
  'refused.not_oauth': 'Cette connexion à {crm} n’utilise pas la méthode OAuth.',
  'refused.person_needed':
    'L’autorisation se fait dans un navigateur : connectez-vous à Tandem et appuyez sur « Connecter » dans l’onglet de la connexion.',
  'input.login_address': 'Ce n’est pas une adresse : https://votresociete.my.salesforce.com, par exemple.',
  'oauth.nav': 'Et ensuite',
  'oauth.toConnection': 'Vers la connexion {name}',
  'oauth.toConnections': 'Vers les connexions CRM',
  'oauth.again': 'Réessayer',
  'oauth.next.on': 'La synchronisation reprend d’elle-même.',
  'oauth.next.off':
    'Ensuite : vérifiez la correspondance des champs, puis activez la connexion. Rien n’est écrit avant que vous ayez vu un aperçu.',
  'oauth.title.authorised': '{crm} est connecté',
  'oauth.text.authorised':
    'Compte « {account} », {people} personnes aujourd’hui. L’autorisation est enregistrée chiffrée.',
  'oauth.text.unchecked':
    '{crm} a autorisé Tandem, et l’autorisation est enregistrée chiffrée. La vérification qui a suivi a échoué :',
  'oauth.title.unchecked': '{crm} a autorisé Tandem, mais la vérification a échoué',
  'oauth.title.denied': 'Non connecté : vous avez refusé',
  'oauth.text.denied': 'Sur la page de {crm}, l’accès a été refusé. Rien n’a changé.',
  'oauth.title.refused': '{crm} n’a pas donné accès',
  'oauth.text.refused':
    '{crm} a répondu « {code} ». Vérifiez l’identifiant client, le secret client et l’adresse de redirection de l’application là-bas, puis réessayez.',
  'oauth.title.unreachable': '{crm} n’a pas répondu',
  'oauth.text.unreachable':
    'L’autorisation n’a pas pu aboutir : la page de connexion de {crm} est injoignable pour le moment. Rien n’a changé ; réessayez dans une minute.',
  'oauth.title.foreign_place': 'Arrêté par sécurité',
  'oauth.text.foreign_place':
    'La réponse nomme un serveur de connexion qui n’appartient pas à {crm}. Aucun secret n’y a été envoyé, et rien n’a changé.',
  'oauth.title.other_account': 'C’est un autre compte',
  'oauth.text.other_account':
    'La connexion appartient à un seul compte de {crm}. Elle est en pause, rien n’a été lu ni écrit : autorisez avec le compte d’avant, ou créez une nouvelle connexion.',
  'oauth.title.taken_account': 'Ce compte est déjà connecté',
  'oauth.text.taken_account':
    'Une autre connexion travaille avec ce compte de {crm} ; deux s’écraseraient l’une l’autre. La nouvelle autorisation a été jetée.',
  'oauth.title.unknown': 'Ce retour n’est plus valable',
  'oauth.text.unknown':
    'Il a déjà servi, a plus de 15 minutes, ou a été commencé dans un autre navigateur ou par une autre personne. Si la connexion est indiquée comme autorisée, tout va bien ; sinon, appuyez de nouveau sur « Connecter ».',
  'oauth.title.signed_out': 'Connectez-vous d’abord',
  'oauth.text.signed_out':
    'Personne n’est connecté à Tandem dans ce navigateur à l’adresse {url}. Connectez-vous à cette adresse exacte, puis appuyez de nouveau sur « Connecter » dans l’onglet de la connexion.',
  'oauth.title.not_admin': 'Il faut un administrateur',
  'oauth.text.not_admin': 'Seul un administrateur peut connecter un CRM. Rien n’a changé.',
  'oauth.code.no_refresh_token':
    'Il a donné un jeton qui expire en quelques heures et aucun pour le renouveler. Autorisez l’accès hors ligne (refresh token) dans les réglages de l’application là-bas.',
  'oauth.code.invalid_grant': 'Le retour a pris trop de temps, ou a servi deux fois. Réessayez.',
  'oauth.code.invalid_client': 'L’identifiant client ou le secret client n’est pas le bon.',
  'oauth.code.invalid_client_id': 'L’identifiant client n’est pas le bon.',
  'oauth.code.invalid_code': 'Le retour a pris trop de temps, ou appartient à un autre centre de données. Réessayez.',
  'oauth.code.invalid_scope': 'L’application là-bas n’a pas tous les droits que Tandem demande ; le guide les énumère.',
  'oauth.code.redirect_uri_mismatch': 'L’adresse de redirection saisie avec l’application là-bas est une autre.',
};
