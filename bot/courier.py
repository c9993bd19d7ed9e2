"""Delivering the cards that the desk owes."""
