"""
Waiving the fee on a credit card payment (R64-R69, R167).

The fee applies to credit card payments above a threshold and is not waived in general: the
default answer is no. An agent may ask, before the payment is made; the controller, the VP
Finance or whom they named answers in writing. A waiver counts once, for that payment.
"""
