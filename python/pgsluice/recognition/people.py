"""Words for people and for those whose numbers are known: which tables are about persons."""

from __future__ import annotations

from pgsluice.recognition.names import Words, word_list

#: A table called so has a row for a person, or for what a person did.
PEOPLE = word_list(
    """user, customer, client, person, people, employee, staff, member, contact, patient, student, pupil, teacher,
    professor, doctor, physician, nurse, author, guest, passenger, driver, tenant, owner, lead, subscriber, applicant,
    candidate, donor, voter, player, visitor, citizen, resident, worker, colleague, manager, agent, buyer, seller,
    borrower, debtor, beneficiary, insured, policyholder, child, children, parent, participant, attendee, recipient,
    profile, account holder, cardholder, volunteer, victim, suspect, witness, household, family, individual,
    personnel, kunde, kunden, benutzer, nutzer, mitarbeiter, mitarbeiterin, angestellte, person, personen, kontakt,
    kontakte, patienten, schüler, studenten, lehrer, mitglied, mitglieder, mieter, fahrer, gast, gäste, bewerber,
    ansprechpartner, teilnehmer, versicherte, arzt, ärzte, utilisateur, utilisateurs, personne, employé, employés,
    salarié, salariés, adhérent, élève, étudiant, locataire, abonné, usuario, usuarios, cliente, clientes, persona,
    personas, empleado, empleados, paciente, pacientes, alumno, alumnos, socio, contacto, utente, utenti, dipendente,
    dipendenti, persone, paziente, klant, klanten, medewerker, gebruiker, klient, pracownik, osoba, pessoa, pessoas,
    funcionario"""
)
#: Their numbers are used by people and stand on badges, wristbands and certificates.
NUMBERED = word_list(
    """employee, staff, personnel, worker, patient, student, pupil, mitarbeiter, mitarbeiterin, angestellte, personal,
    patienten, schüler, studenten, employé, salarié, élève, étudiant, empleado, empleados, paciente, alumno,
    dipendente, paziente, medewerker, pracownik, funcionario, inmate, prisoner, soldier, officer"""
)


_NUMBER = frozenset({"id", "ids", "no", "nr", "fk", "ref", "uuid", "key"})


def is_about_people(table: Words) -> bool:
    """Whether a table's name says that its rows are about persons."""
    return table.longest_of(PEOPLE) is not None


def is_number_of_a_person(column: Words) -> bool:
    """Whether a column's name says that it refers to a person: customer_id, PatientNr."""
    return len(column.single) > 1 and column.single[-1] in _NUMBER and column.longest_of(PEOPLE) is not None


def is_numbered(table: Words) -> bool:
    """Whether a table's name says that its rows are persons who are known by their numbers."""
    return table.longest_of(NUMBERED) is not None
