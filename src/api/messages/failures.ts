/**
 * What can go wrong with a CRM as a whole, in our own words: `failure.<case or kind>` says what happened, `failure_todo.…` what
 * to do. `.plain` is for a failure that lacks what the other form names. Each sentence begins with the CRM's name or needs
 * none, so that "The CRM" can stand for it.
 */
export const failuresEn = {
  'failure.the_crm': 'The CRM',
  'failure.answered_both': '{crm} answered: “{answer}” (status {status}).',
  'failure.answered': '{crm} answered: “{answer}”.',
  'failure.answered_status': '{crm} answered with status {status}.',
  'failure.auth': '{crm} does not accept the login details.',
  'failure_todo.auth':
    'Enter the login details of the connection again. If they are right, look whether the user they belong to is active there.',
  'failure.forbidden': '{crm} refuses a call: the integration user lacks a right.',
  'failure_todo.forbidden': 'Give the integration user the right there, then check the connection.',
  'failure.throttled': '{crm} asks us to slow down.',
  'failure_todo.throttled': 'Nothing: it goes on by itself.',
  'failure.quota': "{crm} takes no more calls today: the day's calls are used up.",
  'failure_todo.quota':
    'Nothing: it goes on by itself as soon as calls are allowed again. Or raise the allowance there.',
  'failure.unavailable': '{crm} cannot be reached.',
  'failure_todo.unavailable':
    'It is tried again by itself. If it lasts, look at the address of the connection and at the status page of the CRM.',
  'failure.schema': '{crm} does not know a field that is mapped.',
  'failure_todo.schema': 'Look at the field mapping: changed fields are named there with their repair.',
  'failure.cursor': '{crm} has forgotten how far it was read.',
  'failure_todo.cursor': 'Nothing: the next run starts anew by itself.',
  'failure.invalid': '{crm} does not understand a call of ours.',
  'failure_todo.invalid':
    'Look at the address and the options of the connection, then check it. If it stays, tell the people who run Tandem.',
  'failure.unexpected': '{crm} answered in a way that its documents do not know.',
  'failure_todo.unexpected':
    'It is tried again by itself. If it stays, tell the people who run Tandem: the log of the server has the details.',
  'failure.internal': 'An error on our side stopped it.',
  'failure_todo.internal':
    'It is tried again by itself. If it stays, tell the people who run Tandem: the log of the server has the details.',
  'failure.private_address':
    'The address lies in a private network. Tandem calls those only where whoever runs it has allowed it (TANDEM_ALLOW_HOSTS).',
  'failure_todo.private_address':
    'Correct the address; or let whoever runs Tandem add its host to TANDEM_ALLOW_HOSTS and start it again.',
  'failure.timeout': '{crm} did not answer in time.',
  'failure_todo.timeout': 'It is tried again by itself. If it lasts, look at the status page of the CRM.',
  'failure.user_inactive': 'The user whose login details these are is deactivated in the CRM.',
  'failure_todo.user_inactive':
    'An administrator of the CRM activates this user again, then check again. Or connect with the credentials of an active user, best of one that belongs to nobody who may leave.',
  'failure.not_authorised': '{crm} has not authorised Tandem yet.',
  'failure_todo.not_authorised': 'Press “Connect” on the tab of the connection and allow it on the page that opens.',
  'failure.token_lost':
    '{crm} gave a new token in the very moment in which Tandem was stopped, and it was lost. Nothing else is.',
  'failure_todo.token_lost': 'Press “Connect” on the tab of the connection; everything goes on from where it was.',
  'failure.no_refresh_token': '{crm} gave no lasting authorisation (refresh token).',
  'failure_todo.no_refresh_token': 'Make a new grant code there and enter it within its few minutes.',
  'failure.uninstalled': '{crm} reports that somebody removed the app of Tandem there.',
  'failure_todo.uninstalled': 'Press “Connect” on the tab of the connection, if the synchronisation shall go on.',
  'failure.sign_in_refused': '{crm} gives no access with these login details.',
  'failure_todo.sign_in_refused':
    'Compare the login details, and the address or data centre, with what the guide says, and enter them again; or connect again.',
  'failure.credential_missing': '{crm} cannot be called: “{credential}” is missing from the login details.',
  'failure_todo.credential_missing':
    'Enter it on the tab of the connection; the guide beside it says where it is found.',
  'failure.credential_unreadable': '{crm} cannot be called: “{credential}” cannot be read.',
  'failure_todo.credential_unreadable':
    'Paste the whole text in PEM form, from the line “-----BEGIN” to the line “-----END”; a key without a password.',
  'failure.address_wrong': '{crm} cannot be called: the address in the login details is none.',
  'failure_todo.address_wrong': 'Write it like this: {example}',
  'failure.option_wrong': '{crm} cannot be called: the option “{option}” has a value that does not exist.',
  'failure_todo.option_wrong': 'Choose it anew on the tab of the connection.',
  'failure.account_closed': '{crm} has closed the account, or it is not paid.',
  'failure_todo.account_closed': 'Let whoever pays for the account there put it in order, then check the connection.',
  'failure.scope_missing': '{crm} refuses a call: the access lacks the right “{scope}”.',
  'failure.scope_missing.plain': '{crm} refuses a call: the access lacks a right (scope).',
  'failure_todo.scope_missing':
    'Add the right to the token or the app there, then enter the token again, or connect again.',
  'failure.object_hidden': '{crm} does not show the object “{object}” to the integration user.',
  'failure_todo.object_hidden': 'Give the integration user the right to read it, then check the connection.',
  'failure.organisation_hidden': '{crm} does not show its organisation to the integration user.',
  'failure_todo.organisation_hidden':
    'Give the integration user the right to read the organisation, then check the connection.',
  'failure.count_gap': '{crm} counts {count} records, but showed only {read} of them.',
  'failure_todo.count_gap':
    'Nothing was lost. Synchronise everything once more; if the gap stays, look at what the integration user may see there.',
  'failure.own_share':
    '{crm} is not called any more today: the share of the day’s calls that this connection may use is used up.',
  'failure_todo.own_share': 'Nothing: it goes on by itself tomorrow. Or raise the share in the configuration.',
  'failure.events_denied': '{crm} lets the integration user hear no change events.',
  'failure_todo.events_denied':
    'Nothing is lost: changes are polled. To hear of them at once, give the user the right that the guide names.',
} as const;

export const failuresFr: Readonly<Record<keyof typeof failuresEn, string>> = {
  'failure.the_crm': 'Le CRM',
  'failure.answered_both': '{crm} a répondu : « {answer} » (statut {status}).',
  'failure.answered': '{crm} a répondu : « {answer} ».',
  'failure.answered_status': '{crm} a répondu avec le statut {status}.',
  'failure.auth': '{crm} n’accepte pas les identifiants.',
  'failure_todo.auth':
    'Saisissez à nouveau les identifiants de la connexion. S’ils sont justes, vérifiez que l’utilisateur auquel ils appartiennent y est actif.',
  'failure.forbidden': '{crm} refuse un appel : il manque un droit à l’utilisateur d’intégration.',
  'failure_todo.forbidden': 'Donnez-y le droit à l’utilisateur d’intégration, puis vérifiez la connexion.',
  'failure.throttled': '{crm} nous demande de ralentir.',
  'failure_todo.throttled': 'Rien : la reprise est automatique.',
  'failure.quota': '{crm} n’accepte plus d’appels aujourd’hui : ceux de la journée sont épuisés.',
  'failure_todo.quota':
    'Rien : la reprise est automatique dès que les appels sont de nouveau permis. Ou augmentez-y le quota.',
  'failure.unavailable': '{crm} est injoignable.',
  'failure_todo.unavailable':
    'Un nouvel essai se fait tout seul. Si cela dure, regardez l’adresse de la connexion et la page d’état du CRM.',
  'failure.schema': '{crm} ne connaît pas un champ associé.',
  'failure_todo.schema': 'Regardez la correspondance des champs : les champs modifiés y figurent avec leur réparation.',
  'failure.cursor': '{crm} a oublié jusqu’où la lecture était allée.',
  'failure_todo.cursor': 'Rien : la prochaine synchronisation reprend du début toute seule.',
  'failure.invalid': '{crm} ne comprend pas un de nos appels.',
  'failure_todo.invalid':
    'Regardez l’adresse et les options de la connexion, puis vérifiez-la. Si cela reste, prévenez les personnes qui gèrent Tandem.',
  'failure.unexpected': '{crm} a répondu d’une façon que sa documentation ignore.',
  'failure_todo.unexpected':
    'Un nouvel essai se fait tout seul. Si cela reste, prévenez les personnes qui gèrent Tandem : le journal du serveur a les détails.',
  'failure.internal': 'Une erreur de notre côté l’a arrêtée.',
  'failure_todo.internal':
    'Un nouvel essai se fait tout seul. Si cela reste, prévenez les personnes qui gèrent Tandem : le journal du serveur a les détails.',
  'failure.private_address':
    'L’adresse se trouve dans un réseau privé. Tandem ne l’appelle que si la personne qui l’exploite l’a permis (TANDEM_ALLOW_HOSTS).',
  'failure_todo.private_address':
    'Corrigez l’adresse ; ou demandez à la personne qui exploite Tandem d’ajouter son hôte à TANDEM_ALLOW_HOSTS et de le redémarrer.',
  'failure.timeout': '{crm} n’a pas répondu à temps.',
  'failure_todo.timeout': 'Un nouvel essai se fait tout seul. Si cela dure, regardez la page d’état du CRM.',
  'failure.user_inactive': 'L’utilisateur à qui appartiennent ces identifiants est désactivé dans le CRM.',
  'failure_todo.user_inactive':
    'Un administrateur du CRM réactive cet utilisateur ; vérifiez ensuite à nouveau. Ou connectez-vous avec les identifiants d’un utilisateur actif, de préférence un compte qui n’appartient à personne qui puisse partir.',
  'failure.not_authorised': '{crm} n’a pas encore autorisé Tandem.',
  'failure_todo.not_authorised':
    'Appuyez sur « Connecter » dans l’onglet de la connexion et donnez l’autorisation sur la page qui s’ouvre.',
  'failure.token_lost':
    '{crm} a donné un nouveau jeton à l’instant même où Tandem a été arrêté, et il s’est perdu. Rien d’autre n’est perdu.',
  'failure_todo.token_lost': 'Appuyez sur « Connecter » dans l’onglet de la connexion ; tout reprend là où c’en était.',
  'failure.no_refresh_token': '{crm} n’a pas donné d’autorisation durable (refresh token).',
  'failure_todo.no_refresh_token': 'Créez-y un nouveau code d’autorisation et saisissez-le dans ses quelques minutes.',
  'failure.uninstalled': '{crm} signale que quelqu’un y a retiré l’application de Tandem.',
  'failure_todo.uninstalled':
    'Appuyez sur « Connecter » dans l’onglet de la connexion, si la synchronisation doit continuer.',
  'failure.sign_in_refused': '{crm} ne donne pas accès avec ces identifiants.',
  'failure_todo.sign_in_refused':
    'Comparez les identifiants, ainsi que l’adresse ou le centre de données, avec ce que dit le guide, puis saisissez-les à nouveau ; ou connectez de nouveau.',
  'failure.credential_missing': '{crm} ne peut pas être appelé : « {credential} » manque dans les identifiants.',
  'failure_todo.credential_missing': 'Saisissez-le dans l’onglet de la connexion ; le guide à côté dit où le trouver.',
  'failure.credential_unreadable': '{crm} ne peut pas être appelé : « {credential} » est illisible.',
  'failure_todo.credential_unreadable':
    'Collez le texte entier au format PEM, de la ligne « -----BEGIN » à la ligne « -----END » ; une clé sans mot de passe.',
  'failure.address_wrong': '{crm} ne peut pas être appelé : l’adresse dans les identifiants n’en est pas une.',
  'failure_todo.address_wrong': 'Écrivez-la ainsi : {example}',
  'failure.option_wrong': '{crm} ne peut pas être appelé : l’option « {option} » a une valeur qui n’existe pas.',
  'failure_todo.option_wrong': 'Choisissez-la de nouveau dans l’onglet de la connexion.',
  'failure.account_closed': '{crm} a fermé le compte, ou il n’est pas payé.',
  'failure_todo.account_closed':
    'Demandez à la personne qui y paie le compte de le régulariser, puis vérifiez la connexion.',
  'failure.scope_missing': '{crm} refuse un appel : il manque à l’accès le droit « {scope} ».',
  'failure.scope_missing.plain': '{crm} refuse un appel : il manque un droit (scope) à l’accès.',
  'failure_todo.scope_missing':
    'Ajoutez-y le droit au jeton ou à l’application, puis saisissez à nouveau le jeton, ou connectez de nouveau.',
  'failure.object_hidden': '{crm} ne montre pas l’objet « {object} » à l’utilisateur d’intégration.',
  'failure_todo.object_hidden': 'Donnez à l’utilisateur d’intégration le droit de le lire, puis vérifiez la connexion.',
  'failure.organisation_hidden': '{crm} ne montre pas son organisation à l’utilisateur d’intégration.',
  'failure_todo.organisation_hidden':
    'Donnez à l’utilisateur d’intégration le droit de lire l’organisation, puis vérifiez la connexion.',
  'failure.count_gap': '{crm} compte {count} fiches, mais n’en a montré que {read}.',
  'failure_todo.count_gap':
    'Rien n’est perdu. Synchronisez tout encore une fois ; si l’écart reste, regardez ce que l’utilisateur d’intégration peut y voir.',
  'failure.own_share':
    '{crm} n’est plus appelé aujourd’hui : la part des appels de la journée laissée à cette connexion est épuisée.',
  'failure_todo.own_share': 'Rien : la reprise est automatique demain. Ou augmentez la part dans la configuration.',
  'failure.events_denied': '{crm} ne laisse pas l’utilisateur d’intégration écouter les changements.',
  'failure_todo.events_denied':
    'Rien n’est perdu : les changements sont relevés régulièrement. Pour les apprendre aussitôt, donnez à l’utilisateur le droit que nomme le guide.',
};
