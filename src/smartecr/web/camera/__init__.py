"""The browser's camera as the till's: a page that looks and posts frames. Nothing of what it sees is kept."""
