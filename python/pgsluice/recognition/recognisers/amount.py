"""What people earn, own and owe. Which of these tell of a person is for a person to say."""

from __future__ import annotations

from pgsluice.config.rules import Rule
from pgsluice.recognition.model import NUMBERS, TEXT, Confidence, Offer, Recogniser
from pgsluice.recognition.names import word_list

AMOUNT = Recogniser(
    kind="amount",
    noun="amounts of money or scores of persons",
    kinds=NUMBERS | TEXT | {"money"},
    offers=(Offer(Rule("noise", parameters={"ratio": 0.1}), NUMBERS), Offer(Rule("null"), frozenset({"money"}))),
    words=word_list(
        """salary, salaries, wage, income, earnings, pay, payroll, bonus, commission, compensation, net worth, wealth,
        balance, account balance, amount, total, subtotal, grand total, sum, revenue, turnover, profit, margin, debt,
        loan, mortgage, credit, credit limit, credit score, score, rating score, lifetime value, ltv, clv, spend,
        spent, paid, deposit, withdrawal, premium, pension, tax, rent, points, gehalt, lohn, einkommen, betrag, summe,
        saldo, kontostand, guthaben, schulden, umsatz, gewinn, prämie, miete, rente, bonität, salaire, revenu,
        montant, solde, dette, loyer, prime, salario, sueldo, ingresos, importe, monto, saldo disponible, deuda,
        stipendio, reddito, importo, renda, valor, salaris, bedrag, wynagrodzenie, kwota"""
    ),
    at_most=Confidence.LOW,
)
