"""What the county does: pure decisions over records. No clock, no network, no chat platform.

records  what is written down          states    the few states and their allowed moves
events   every fact with a time        refusals  every rule that can say no
work     what a decision may touch     notify    who hears which event; cards: what a live card shows
tip case whistle call dispute transfer reward roster …   the verbs, one noun a file
"""
