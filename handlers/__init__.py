"""The edges: hear, load, decide, record, answer. One noun a file.

edge      what every handler holds: store, renderer, bot      press    a tap on a button, from data to verb
message   what a chat says without a command                  command  slash commands            typed   answers to a prompt
tip case whistle call transfer reward desk roster   the taps of each noun              clock    what falls due
"""
