/** The texts of the upload page. `{…}` stands for a value. */
interface PageWords {
  readonly title: string
  readonly signInAtCkan: string
  /** Stands before `askToken`. */
  readonly orToken: string
  readonly askToken: string
  readonly token: string
  readonly signIn: string
  readonly signOut: string
  readonly refused: string
  readonly notFound: string
  readonly noAnswer: string
  readonly retry: string
  readonly person: string
  readonly organization: string
  readonly dataset: string
  readonly resource: string
  readonly addsFiles: string
  readonly replacesFile: string
}

const en: PageWords = {
  title: 'Upload files',
  signInAtCkan: 'Sign in with CKAN',
  orToken: 'Or stay here: ',
  askToken:
    'Paste an API token of your CKAN account. Your profile page in CKAN makes one under “API Tokens”. ' +
    'Only this tab keeps the token, until you close it.',
  token: 'API token',
  signIn: 'Sign in',
  signOut: 'Sign out',
  refused: 'CKAN does not accept this token. It may have expired. Make a new token in CKAN and paste it here.',
  notFound: 'There is no dataset or resource “{place}”, or you may not see it. Check the address of this page.',
  noAnswer: 'The service does not answer at the moment. Try again in a minute.',
  retry: 'Try again',
  person: 'You',
  organization: 'Organization',
  dataset: 'Dataset',
  resource: 'Resource',
  addsFiles: 'Each file becomes a new resource of this dataset.',
  replacesFile: 'The file replaces the present file of this resource.',
}

const de: PageWords = {
  title: 'Dateien hochladen',
  signInAtCkan: 'Mit CKAN anmelden',
  orToken: 'Oder bleiben Sie hier: ',
  askToken:
    'Fügen Sie ein API-Token Ihres CKAN-Kontos ein. Sie erstellen es in CKAN auf Ihrer Profilseite unter „API-Tokens“. ' +
    'Nur dieser Tab behält das Token, bis Sie ihn schließen.',
  token: 'API-Token',
  signIn: 'Anmelden',
  signOut: 'Abmelden',
  refused:
    'CKAN akzeptiert dieses Token nicht. Vielleicht ist es abgelaufen. Erstellen Sie in CKAN ein neues und fügen Sie es hier ein.',
  notFound:
    'Es gibt keinen Datensatz und keine Ressource „{place}“, oder Sie dürfen sie nicht sehen. Prüfen Sie die Adresse dieser Seite.',
  noAnswer: 'Der Dienst antwortet im Moment nicht. Versuchen Sie es in einer Minute erneut.',
  retry: 'Erneut versuchen',
  person: 'Sie',
  organization: 'Organisation',
  dataset: 'Datensatz',
  resource: 'Ressource',
  addsFiles: 'Jede Datei wird eine neue Ressource dieses Datensatzes.',
  replacesFile: 'Die Datei ersetzt die jetzige Datei dieser Ressource.',
}

const es: PageWords = {
  title: 'Subir archivos',
  signInAtCkan: 'Iniciar sesión con CKAN',
  orToken: 'O quédese aquí: ',
  askToken:
    'Pegue un token de API de su cuenta de CKAN. Su página de perfil en CKAN lo crea en «Tokens de API». ' +
    'Solo esta pestaña guarda el token, hasta que la cierre.',
  token: 'Token de API',
  signIn: 'Iniciar sesión',
  signOut: 'Cerrar sesión',
  refused: 'CKAN no acepta este token. Puede haber caducado. Cree uno nuevo en CKAN y péguelo aquí.',
  notFound:
    'No hay ningún conjunto de datos ni recurso «{place}», o usted no puede verlo. Revise la dirección de esta página.',
  noAnswer: 'El servicio no responde en este momento. Inténtelo de nuevo en un minuto.',
  retry: 'Intentar de nuevo',
  person: 'Usted',
  organization: 'Organización',
  dataset: 'Conjunto de datos',
  resource: 'Recurso',
  addsFiles: 'Cada archivo será un recurso nuevo de este conjunto de datos.',
  replacesFile: 'El archivo reemplaza el archivo actual de este recurso.',
}

const fr: PageWords = {
  title: 'Envoyer des fichiers',
  signInAtCkan: 'Se connecter avec CKAN',
  orToken: 'Ou restez ici\u00a0: ',
  askToken:
    'Collez un jeton d’API de votre compte CKAN. Votre page de profil dans CKAN en crée un sous « Jetons d’API ». ' +
    'Seul cet onglet garde le jeton, jusqu’à sa fermeture.',
  token: 'Jeton d’API',
  signIn: 'Se connecter',
  signOut: 'Se déconnecter',
  refused: 'CKAN n’accepte pas ce jeton. Il a peut-être expiré. Créez-en un nouveau dans CKAN et collez-le ici.',
  notFound:
    'Il n’y a pas de jeu de données ni de ressource « {place} », ou vous ne pouvez pas les voir. Vérifiez l’adresse de cette page.',
  noAnswer: 'Le service ne répond pas pour le moment. Réessayez dans une minute.',
  retry: 'Réessayer',
  person: 'Vous',
  organization: 'Organisation',
  dataset: 'Jeu de données',
  resource: 'Ressource',
  addsFiles: 'Chaque fichier devient une nouvelle ressource de ce jeu de données.',
  replacesFile: 'Le fichier remplace le fichier actuel de cette ressource.',
}

const uk: PageWords = {
  title: 'Завантаження файлів',
  signInAtCkan: 'Увійти через CKAN',
  orToken: 'Або залиштеся тут: ',
  askToken:
    'Вставте токен API свого облікового запису CKAN. Його можна створити на сторінці профілю в CKAN, у розділі «Токени API». ' +
    'Токен зберігає лише ця вкладка, доки ви її не закриєте.',
  token: 'Токен API',
  signIn: 'Увійти',
  signOut: 'Вийти',
  refused: 'CKAN не приймає цей токен. Можливо, його строк дії минув. Створіть новий токен у CKAN і вставте його тут.',
  notFound: 'Набору даних або ресурсу «{place}» немає, або ви не можете його бачити. Перевірте адресу цієї сторінки.',
  noAnswer: 'Сервіс зараз не відповідає. Спробуйте ще раз за хвилину.',
  retry: 'Спробувати ще раз',
  person: 'Ви',
  organization: 'Організація',
  dataset: 'Набір даних',
  resource: 'Ресурс',
  addsFiles: 'Кожен файл стане новим ресурсом цього набору даних.',
  replacesFile: 'Файл замінить поточний файл цього ресурсу.',
}

const LANGUAGES: Readonly<Record<string, PageWords>> = { en, de, es, fr, uk }

/** The texts in the first known language of these tags, and that language. English if none is known. */
export function pageWordsFor(tags: readonly string[]): { readonly words: PageWords; readonly language: string } {
  for (const tag of tags) {
    const language = tag.toLowerCase().split('-')[0] ?? ''
    const words = LANGUAGES[language]
    if (words !== undefined) return { words, language }
  }
  return { words: en, language: 'en' }
}
