"""The page at /: a chat and a live view of the server, built from the sources in web/."""
