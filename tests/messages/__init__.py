"""Every text a user reads, in both languages: complete, well-formed, short, kind. `python -m tests.messages.gallery` prints them."""
