"""
Payment plans (R61-R63, R155, R166).

Very rare: full payment is preferred. An agent may not offer one; a request needs the customer's
own inquiry or a recorded direction from management. The controller or the VP Finance decides,
in advance and in writing, on named invoices; current MRR is paid on top.
"""
