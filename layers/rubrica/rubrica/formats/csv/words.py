"""The words that name columns, in the languages in which programs export them. Diacritics and case do not count."""

from collections.abc import Mapping
from typing import Final

FIRST, MIDDLE, LAST, FULL = "first_name", "middle_name", "last_name", "full_name"
PREFIX, SUFFIX, NICKNAME = "prefix", "suffix", "nickname"
COMPANY, TITLE, DEPARTMENT = "company", "title", "department"
BIRTHDAY, BIRTH_YEAR, BIRTH_MONTH = "birthday", "birth_year", "birth_month"
NOTE, GROUPS, NAME, HONOR = "note", "groups", "name", "honor"
"""What a column of its own holds. NAME is a name of some sort, and HONOR a title of some sort: the other columns tell
which."""


def _by_word(words: Mapping[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, told in words.items() for word in told.split()}


def _set_of(*words: str) -> frozenset[str]:
    return frozenset(word for told in words for word in told.split())


PHRASES: Final = _by_word(
    {
        FIRST: "firstname givenname givennames first given forename fname vorname vornamen prenom prenoms voornaam "
        "primernombre nombredepila primeironome nomeproprio nomedebatismo fornavn fornamn etunimi imie jmeno имя",
        LAST: "lastname last surname familyname family lname nachname familienname zuname nomdefamille apellido "
        "apellidos primerapellido cognome sobrenome apelido apelidos ultimonome achternaam familienaam efternavn "
        "etternavn efternamn sukunimi nazwisko prijmeni фамилия",
        MIDDLE: "middlename middle middlenames additionalname weiterevornamen weiterervorname zweitervorname 2vorname "
        "deuxiemeprenom autresprenoms secondprenom segundonombre secondonome nomedomeio segundonome tweedevoornaam "
        "mellomnavn mellannamn mellemnavn отчество",
        FULL: "fullname displayname completename contactname wholename anzeigename vollstandigername kontaktname "
        "contactperson ansprechpartner "
        "nomcomplet nomaffiche nomafficher nomprenom prenomnom nombrecompleto nombreparamostrar nombreyapellidos "
        "nomecompleto nomevisualizzato nomedeexibicao nomeecognome volledigenaam weergavenaam visningsnavn",
        NAME: "name names nom nombre nome naam navn namn nazwa",
        PREFIX: "nameprefix prefix honorificprefix salutation anrede namensprafix civilite tratamiento trato "
        "appellativo tratamento aanhef courtesytitle prefixe prefijo prefisso prefixo voorvoegsel",
        HONOR: "title titel titre titulo titolo tytul",
        SUFFIX: "suffix namesuffix honorificsuffix namenssuffix suffixe sufijo suffisso sufixo achtervoegsel",
        NICKNAME: "nickname nicknames nick spitzname surnom apodo soprannome bijnaam roepnaam alcunha kaldenavn "
        "smeknamn lempinimi",
        COMPANY: "company companyname organization organisation organizationname organisationname firm employer firma "
        "firmenname unternehmen societe entreprise empresa compania organizacion societa azienda ditta "
        "organizzazione organizacao bedrijf bedrijfsnaam organisatie yritys foretag virksomhed",
        TITLE: "jobtitle position role organizationtitle berufsbezeichnung arbeitstitel funktion stellung fonction "
        "designation poste intituledeposte puesto cargo titulodeltrabajo posizione posizionelavorativa qualifica "
        "mansione functie functietitel stilling",
        DEPARTMENT: "department dept organizationdepartment abteilung service departement departamento departamentos "
        "reparto afdeling avdeling",
        NOTE: "notes note comments comment memo remarks notizen notiz bemerkung bemerkungen anmerkungen kommentar "
        "kommentare remarque remarques commentaire commentaires notas nota observaciones commenti osservazioni "
        "annotazioni observacoes anotacoes opmerkingen notities notater",
        GROUPS: "categories category groups group labels label tags tag groupmembership groupmemberships kategorien "
        "kategorie gruppen gruppe categorie groupes groupe libelles categorias categoria grupos grupo etiquetas "
        "gruppi gruppo etichette categorieen groepen groep marcadores kategorier",
        BIRTHDAY: "birthday birthdate dateofbirth dob bday birthdays geburtstag geburtsdatum anniversaire "
        "datedenaissance naissance cumpleanos fechadenacimiento compleanno datadinascita datadenascimento "
        "nascimento geboortedatum verjaardag fodselsdag fodelsedag",
        BIRTH_YEAR: "birthyear geburtsjahr anneedenaissance anodenacimiento annodinascita anodenascimento geboortejaar",
        BIRTH_MONTH: "birthmonth geburtsmonat moisdenaissance mesdenacimiento mesedinascita mesdenascimento "
        "geboortemaand",
    }
)
"""The name of a column, in lower case, without blanks and signs."""

EMAIL, PHONE, URL, ORGANIZATION = "email", "phone", "url", "organization"
STREET, CITY, REGION, POSTAL_CODE, COUNTRY, BOX = "street", "city", "region", "postal_code", "country", "box"
ADDRESS, FORMATTED, EXTENDED = "address", "formatted", "extended"
"""What a column of several of a kind holds; ADDRESS goes with others, or is a street."""

KINDS: Final = _by_word(
    {
        EMAIL: "email emails mail mails courriel messagerie correo correio posta emailadresse emailadres emailaddress "
        "mailadresse emailadresser epost sahkoposti",
        PHONE: "phone phones phonenumber telephone tel tels telefon telefonnummer telefonnr rufnummer telefono "
        "telefonos telefone telefones telefoni telefoon telefoonnummer fon puhelin",
        "mobile": "mobile mobiles cell cellphone cellular mobil mobiltelefon mobilnummer mobilephone handy handynummer "
        "portable movil celular cellulare telemovel mobiel mobiele gsm natel matkapuhelin mobiltlf",
        "fax": "fax telefax faxnummer faxnumber telecopie telecopieur",
        "pager": "pager pagers beeper pieper radiomessagerie buscapersonas localizador cercapersone semafoon",
        "main": "haupttelefon hoofdtelefoon hoofdnummer centralita",
        "car": "car autotelefon voiture coche automovil automobile carro autotelefoon",
        "callback": "callback ruckmeldung rappel devoluciondellamada richiamata retorno terugbellen",
        "radio": "radio funkruf",
        "isdn": "isdn rnis rdsi",
        "video": "video",
        "tty": "tty tdd",
        URL: "url urls website websites web homepage webpage webseite internetseite site sitio sito weblog blog "
        "webpagina",
        STREET: "street strasse rue calle via rua straat streetaddress gade gata",
        CITY: "city town ort stadt ville ciudad poblacion localidad citta localita cidade localidade plaats stad "
        "woonplaats wohnort",
        REGION: "state region province county bundesland kanton provincia estado regione provincie stateprovince dep "
        "regio",
        POSTAL_CODE: "zip zipcode postal postcode postalcode plz postleitzahl codepostal codigopostal cap cep pin "
        "postnummer",
        COUNTRY: "country land pays pais paese",
        BOX: "box boite postfach postbus apartado casella caixa pobox bp",
        ADDRESS: "address addresses adresse adressen anschrift adres direccion direcciones indirizzo endereco morada",
    }
)
"""A word that says what a column holds."""

PLACES: Final = _by_word(
    {
        "home": "home private privat personal personnel personnelle perso particular domicile "
        "domicilio casa prive thuis thuisadres residential residencial abitazione privato "
        "residencia huisadres ab",
        "work": "work business office company geschaftlich dienstlich arbeit buro bureau professionnel "
        "professionnelle travail trabajo laboral negocio oficina ufficio lavoro trabalho comercial escritorio werk "
        "zakelijk kantoor firma societe arbete arbejde "
        "werkadres uff empresa organizacion",
        "other": "other andere anderer anderes weitere weiterer weiteres sonstige sonstiges autre otro otra altro "
        "altra outro outra overig overige ander anden",
    }
)
"""A word that says where someone is reached."""

PRIMARY: Final = _set_of("primary main primare principal principale preferred default")
"""A word that says that this one is to be used first."""

FILLERS: Final = PRIMARY | _set_of(
    "id number nr no num nummer numero page pagina code codigo codice line ligne linea zeile value po secondary "
    "section sekundare secundario secondaire secondario alternate alternative your our recepteur op "
    "electronique electronica electronico elettronica elettronico eletronico eletronica postale "
    "de du del della dello di do da des la le el en et y und and or the of van voor von ou"
)
"""A word that changes nothing."""

BLOCKED: Final = _set_of(
    "type typ tipo display name nom complet nombre nome angezeigter anzeigename affiche not no opt opted out in",
    "status valid verified count date sent bounced hold newsletter subscribed consent format preference permission",
    "assistant assistent assistante asistente assistente manager spouse partner yomi phonetic phonetique messenger im",
    "ext extension spouses managers assistants company mother father parent emergency",
)
"""A word with which a column is not guessed to be the person's own."""
