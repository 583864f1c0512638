/** Texts of the reference page. */
export const enReference = {
  'reference.title': 'Tandem’s API',
  'reference.contents': 'Contents',
  'reference.intro': 'Everything that the screen does, under /api/v1. It only grows: what is here stays.',
  'reference.key': 'A key is made under Settings › API keys and sent as',
  'reference.errors': 'Errors are problem documents (RFC 9457): status, what happened, and the path of each bad value.',
  'reference.lists': 'Lists are {items, next}: send next as cursor for the page after. Times are UTC.',
  'reference.again':
    'A POST with an Idempotency-Key is done once a day, however often it is sent; a write with If-Match is refused when somebody changed the thing meanwhile.',
  'reference.parameters': 'Parameters',
  'reference.optional': 'optional',
  'reference.body': 'Body',
  'reference.answer': 'Answer',
  'reference.example': 'Example',
  'reference.anybody': 'For anybody.',
  'reference.signedIn': 'For anybody with a key or signed in.',
  'reference.right': 'Needs the right',
} as const;

export const frReference: Readonly<Record<keyof typeof enReference, string>> = {
  'reference.title': 'L’API de Tandem',
  'reference.contents': 'Sommaire',
  'reference.intro': 'Tout ce que fait l’écran, sous /api/v1. Elle ne fait que grandir : ce qui est là reste.',
  'reference.key': 'Une clé se crée dans Paramètres › Clés d’API et s’envoie ainsi :',
  'reference.errors':
    'Les erreurs sont des documents de problème (RFC 9457) : statut, ce qui s’est passé, et le chemin de chaque valeur fautive.',
  'reference.lists':
    'Les listes sont {items, next} : envoyez next comme cursor pour la page suivante. Les heures sont en UTC.',
  'reference.again':
    'Un POST avec Idempotency-Key est fait une fois par jour, quel que soit le nombre d’envois ; une écriture avec If-Match est refusée si quelqu’un a changé la chose entre-temps.',
  'reference.parameters': 'Paramètres',
  'reference.optional': 'facultatif',
  'reference.body': 'Corps',
  'reference.answer': 'Réponse',
  'reference.example': 'Exemple',
  'reference.anybody': 'Pour tout le monde.',
  'reference.signedIn': 'Pour qui a une clé ou est connecté.',
  'reference.right': 'Demande le droit',
};
