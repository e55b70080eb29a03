"""How we say it: one Jinja2 file an event and language, a block per audience; buttons; what a live card shows.

zh/ en/   templates and the short texts (buttons, toasts, refusals, dialogs)
render    facts → text            buttons   which buttons a message carries
cards     records → facts of a live card
"""
