/** The texts of the page of an upload link. `{…}` stands for a value. */
interface LinkWords {
  readonly title: string
  readonly intro: string
  readonly dataset: string
  readonly resource: string
  readonly note: string
  readonly until: string
  /** `{files}` is a number of files, `{size}` a size. */
  readonly left: string
  readonly waits: string
  readonly publishes: string
  readonly incomplete: string
  readonly refused: string
  readonly noAnswer: string
  readonly retry: string
}

const en: LinkWords = {
  title: 'Deliver files',
  intro: 'You need no account: this link is enough.',
  dataset: 'Dataset',
  resource: 'Resource',
  note: 'Note',
  until: 'Until',
  left: 'Files that this link still takes: {files}, together {size}.',
  waits: 'The files wait until a person accepts them.',
  publishes: 'The files are published at once.',
  incomplete: 'This address is not complete. Open the link again, or copy all of it.',
  refused:
    'This link does not work. It has expired or was revoked, or its place is gone. Ask the sender for a new link.',
  noAnswer: 'The service does not answer at the moment. Try again in a minute.',
  retry: 'Try again',
}

const de: LinkWords = {
  title: 'Dateien abgeben',
  intro: 'Sie brauchen kein Konto: dieser Link genügt.',
  dataset: 'Datensatz',
  resource: 'Ressource',
  note: 'Hinweis',
  until: 'Bis',
  left: 'Dateien, die dieser Link noch annimmt: {files}, zusammen {size}.',
  waits: 'Die Dateien warten, bis ein Mensch sie annimmt.',
  publishes: 'Die Dateien werden sofort veröffentlicht.',
  incomplete: 'Diese Adresse ist nicht vollständig. Öffnen Sie den Link erneut, oder kopieren Sie ihn ganz.',
  refused:
    'Dieser Link funktioniert nicht. Er ist abgelaufen oder widerrufen, oder sein Ziel gibt es nicht mehr. Bitten Sie um einen neuen.',
  noAnswer: 'Der Dienst antwortet im Moment nicht. Versuchen Sie es in einer Minute erneut.',
  retry: 'Erneut versuchen',
}

const es: LinkWords = {
  title: 'Entregar archivos',
  intro: 'No necesita una cuenta: este enlace basta.',
  dataset: 'Conjunto de datos',
  resource: 'Recurso',
  note: 'Nota',
  until: 'Hasta',
  left: 'Archivos que este enlace acepta todavía: {files}, en total {size}.',
  waits: 'Los archivos esperan hasta que una persona los acepte.',
  publishes: 'Los archivos se publican de inmediato.',
  incomplete: 'Esta dirección no está completa. Abra el enlace otra vez o cópielo entero.',
  refused: 'Este enlace no funciona. Ha caducado, fue revocado o su destino ya no existe. Pida un enlace nuevo.',
  noAnswer: 'El servicio no responde en este momento. Inténtelo de nuevo en un minuto.',
  retry: 'Intentar de nuevo',
}

const fr: LinkWords = {
  title: 'Remettre des fichiers',
  intro: 'Vous n’avez pas besoin de compte\u00a0: ce lien suffit.',
  dataset: 'Jeu de données',
  resource: 'Ressource',
  note: 'Note',
  until: 'Jusqu’au',
  left: 'Fichiers que ce lien accepte encore : {files}, en tout {size}.',
  waits: 'Les fichiers attendent qu’une personne les accepte.',
  publishes: 'Les fichiers sont publiés aussitôt.',
  incomplete: 'Cette adresse n’est pas complète. Ouvrez le lien à nouveau ou copiez-le en entier.',
  refused: 'Ce lien ne fonctionne pas. Il a expiré, a été révoqué ou sa cible n’existe plus. Demandez un nouveau lien.',
  noAnswer: 'Le service ne répond pas pour le moment. Réessayez dans une minute.',
  retry: 'Réessayer',
}

const uk: LinkWords = {
  title: 'Передати файли',
  intro: 'Обліковий запис не потрібен: достатньо цього посилання.',
  dataset: 'Набір даних',
  resource: 'Ресурс',
  note: 'Примітка',
  until: 'До',
  left: 'Це посилання прийме ще файлів: {files}, разом {size}.',
  waits: 'Файли чекають, доки людина їх прийме.',
  publishes: 'Файли публікуються одразу.',
  incomplete: 'Ця адреса неповна. Відкрийте посилання ще раз або скопіюйте його повністю.',
  refused: 'Це посилання не працює. Його строк минув, його відкликано або місця вже немає. Попросіть нове посилання.',
  noAnswer: 'Сервіс зараз не відповідає. Спробуйте ще раз за хвилину.',
  retry: 'Спробувати ще раз',
}

const LANGUAGES: Readonly<Record<string, LinkWords>> = { en, de, es, fr, uk }

/** The texts in the first known language of these tags, and that language. English if none is known. */
export function linkWordsFor(tags: readonly string[]): { readonly words: LinkWords; readonly language: string } {
  for (const tag of tags) {
    const language = tag.toLowerCase().split('-')[0] ?? ''
    const words = LANGUAGES[language]
    if (words !== undefined) return { words, language }
  }
  return { words: en, language: 'en' }
}
